package canvas

import "math"

// Point is a place in units.
type Point struct{ X, Y float32 }

// Pt makes a Point.
func Pt(x, y float32) Point { return Point{x, y} }

// Path is one or more closed outlines, already cut into short straight pieces.
type Path struct {
	loops [][]Point
}

// Poly is the path through the points.
func Poly(pts ...Point) *Path { return &Path{loops: [][]Point{pts}} }

// Join adds other paths; where they overlap they count once.
func (p *Path) Join(others ...*Path) *Path {
	for _, o := range others {
		p.loops = append(p.loops, o.loops...)
	}
	return p
}

// Ellipse is an ellipse.
func Ellipse(cx, cy, rx, ry float32) *Path {
	const n = 72
	pts := make([]Point, n)
	for i := range pts {
		a := float32(i) * 2 * math.Pi / n
		pts[i] = Point{cx + rx*Cos(a), cy + ry*Sin(a)}
	}
	return Poly(pts...)
}

// Rect is a rectangle with round corners.
func Rect(x, y, w, h, r float32) *Path {
	var pts []Point
	for corner, c := range [4]Point{{x + w - r, y + r}, {x + w - r, y + h - r}, {x + r, y + h - r}, {x + r, y + r}} {
		for i := range 9 {
			a := (float32(corner)-1)*math.Pi/2 + float32(i)*math.Pi/16
			pts = append(pts, Point{c.X + r*Cos(a), c.Y + r*Sin(a)})
		}
	}
	return Poly(pts...)
}

// Curve is the smooth closed path through the points.
func Curve(pts ...Point) *Path {
	n := len(pts)
	var out []Point
	for i := range n {
		out = spline(out, pts[(i+n-1)%n], pts[i], pts[(i+1)%n], pts[(i+2)%n])
	}
	return Poly(out...)
}

// Line is the smooth open line through the points, for Stroke and as an edge.
func Line(pts ...Point) []Point {
	var out []Point
	last := len(pts) - 1
	for i := range last {
		out = spline(out, pts[max(i-1, 0)], pts[i], pts[i+1], pts[min(i+2, last)])
	}
	return append(out, pts[last])
}

func spline(out []Point, a, b, c, d Point) []Point {
	const steps = 10
	for i := range steps {
		t := float32(i) / steps
		t2, t3 := t*t, t*t*t
		f := func(a, b, c, d float32) float32 {
			return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t2 + (3*b-a-3*c+d)*t3)
		}
		out = append(out, Point{f(a.X, b.X, c.X, d.X), f(a.Y, b.Y, c.Y, d.Y)})
	}
	return out
}

// Bend is the quadratic piece from a to b pulled towards ctrl, without its last point.
func Bend(a, ctrl, b Point) []Point {
	const steps = 10
	out := make([]Point, steps)
	for i := range out {
		t := float32(i) / steps
		u := 1 - t
		out[i] = Point{u*u*a.X + 2*u*t*ctrl.X + t*t*b.X, u*u*a.Y + 2*u*t*ctrl.Y + t*t*b.Y}
	}
	return out
}

// Stroke is the outline of a line whose width goes from w0 to w1.
func Stroke(line []Point, w0, w1 float32) *Path {
	p := &Path{}
	n := len(line)
	var left, right []Point
	for i, a := range line {
		prev, next := line[max(i-1, 0)], line[min(i+1, n-1)]
		dx, dy := next.X-prev.X, next.Y-prev.Y
		l := max(Sqrt(dx*dx+dy*dy), 1e-4)
		w := Lerp(w0, w1, float32(i)/float32(max(n-1, 1))) / 2
		left = append(left, Point{a.X - dy/l*w, a.Y + dx/l*w})
		right = append(right, Point{a.X + dy/l*w, a.Y - dx/l*w})
	}
	for i := len(right) - 1; i >= 0; i-- {
		left = append(left, right[i])
	}
	p.loops = append(p.loops, left)
	return p
}

// Dashes are the stitches along a line.
func Dashes(line []Point, dash, gap, width float32) *Path {
	p := &Path{}
	var at float32
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		l := Sqrt((b.X-a.X)*(b.X-a.X) + (b.Y-a.Y)*(b.Y-a.Y))
		for pos := at; pos < l; pos += dash + gap {
			s, e := pos/l, min((pos+dash)/l, 1)
			from := Point{Lerp(a.X, b.X, s), Lerp(a.Y, b.Y, s)}
			to := Point{Lerp(a.X, b.X, e), Lerp(a.Y, b.Y, e)}
			p.Join(Stroke([]Point{from, to}, width, width))
			at = pos + dash + gap
		}
		at -= l
	}
	return p
}

// Map moves every point.
func (p *Path) Map(f func(Point) Point) *Path {
	out := &Path{}
	for _, loop := range p.loops {
		l := make([]Point, len(loop))
		for i, pt := range loop {
			l[i] = f(pt)
		}
		out.loops = append(out.loops, l)
	}
	return out
}

// Turn rotates by a around (x, y).
func (p *Path) Turn(a, x, y float32) *Path {
	s, c := Sin(a), Cos(a)
	return p.Map(func(q Point) Point {
		dx, dy := q.X-x, q.Y-y
		return Point{x + dx*c - dy*s, y + dx*s + dy*c}
	})
}

// Move shifts.
func (p *Path) Move(dx, dy float32) *Path {
	return p.Map(func(q Point) Point { return Point{q.X + dx, q.Y + dy} })
}

// Mirror adds the reflection at the upright line x to a row of points, making a closed symmetrical outline.
func Mirror(x float32, half ...Point) []Point {
	out := append([]Point{}, half...)
	for i := len(half) - 1; i >= 0; i-- {
		out = append(out, Point{2*x - half[i].X, half[i].Y})
	}
	return out
}

func (p *Path) bounds() (x0, y0, x1, y1 float32) {
	x0, y0, x1, y1 = math.MaxFloat32, math.MaxFloat32, -math.MaxFloat32, -math.MaxFloat32
	for _, loop := range p.loops {
		for _, q := range loop {
			x0, y0, x1, y1 = min(x0, q.X), min(y0, q.Y), max(x1, q.X), max(y1, q.Y)
		}
	}
	return x0, y0, x1, y1
}

// area is positive for one sense of turning and negative for the other.
func area(loop []Point) float32 {
	var a float32
	for i, p := range loop {
		q := loop[(i+1)%len(loop)]
		a += p.X*q.Y - q.X*p.Y
	}
	return a
}

// First is the first outline's points.
func (p *Path) First() []Point { return p.loops[0] }
