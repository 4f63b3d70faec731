package canvas

import (
	"image"

	"golang.org/x/image/vector"
)

// Mask is how much of each pixel a shape covers.
type Mask struct {
	alpha *image.Alpha
}

// Mask covers the inside of a path.
func (c *Canvas) Mask(p *Path) *Mask {
	return &Mask{alpha: rasterise(p, c.Scale, c.OX, c.OY, image.Rect(0, 0, c.W, c.H))}
}

func rasterise(p *Path, scale, ox, oy float32, within image.Rectangle) *image.Alpha {
	x0, y0, x1, y1 := p.bounds()
	box := image.Rect(floor(x0*scale+ox)-1, floor(y0*scale+oy)-1, floor(x1*scale+ox)+2, floor(y1*scale+oy)+2)
	box = box.Intersect(within)
	m := image.NewAlpha(box)
	if box.Empty() {
		return m
	}
	z := vector.NewRasterizer(box.Dx(), box.Dy())
	dx, dy := ox-float32(box.Min.X), oy-float32(box.Min.Y)
	for _, loop := range p.loops {
		if len(loop) < 3 {
			continue
		}
		// All loops turn the same way, so that overlaps add instead of cancelling.
		n, step := 0, 1
		if area(loop) < 0 {
			n, step = len(loop)-1, -1
		}
		z.MoveTo(loop[n].X*scale+dx, loop[n].Y*scale+dy)
		for i := 1; i < len(loop); i++ {
			n += step
			z.LineTo(loop[n].X*scale+dx, loop[n].Y*scale+dy)
		}
		z.ClosePath()
	}
	z.Draw(m, box, image.Opaque, image.Point{})
	return m
}

func (m *Mask) each(c *Canvas, f func(px *RGB, cover float32, ix, iy int)) {
	b := m.alpha.Rect
	for y := b.Min.Y; y < b.Max.Y; y++ {
		line := m.alpha.Pix[(y-b.Min.Y)*m.alpha.Stride:]
		row := c.Pix[y*c.W:]
		for x := b.Min.X; x < b.Max.X; x++ {
			if a := line[x-b.Min.X]; a != 0 {
				f(&row[x], float32(a)/255, x, y)
			}
		}
	}
}

// Field is a soft value over the picture, kept at a quarter of its resolution: shadows and the relief of cloth.
type Field struct {
	x0, y0, x1, y1 int // pixels of the canvas that it speaks about
	w, h           int
	v              []float32
	c              *Canvas
}

const coarse = 4

// NewField is empty and large enough for a path blurred by blur units.
func (c *Canvas) NewField(p *Path, blur float32) *Field {
	x0, y0, x1, y1 := p.bounds()
	pad := 2*blur + 8
	f := &Field{c: c}
	f.x0, f.y0 = floor((x0-pad)*c.Scale+c.OX), floor((y0-pad)*c.Scale+c.OY)
	f.x1, f.y1 = floor((x1+pad)*c.Scale+c.OX), floor((y1+pad)*c.Scale+c.OY)
	f.x0, f.y0 = max(f.x0, -c.W/2), max(f.y0, -c.H/2)
	f.x1, f.y1 = max(min(f.x1, c.W*3/2), f.x0+1), max(min(f.y1, c.H*3/2), f.y0+1)
	f.w, f.h = (f.x1-f.x0)/coarse+2, (f.y1-f.y0)/coarse+2
	f.v = make([]float32, f.w*f.h)
	return f
}

// Soft is the path, blurred.
func (c *Canvas) Soft(p *Path, blur float32) *Field {
	return c.NewField(p, blur).Add(p, 1, blur)
}

// Add lays a path, blurred, onto the field.
func (f *Field) Add(p *Path, k, blur float32) *Field {
	scale := f.c.Scale / coarse
	m := rasterise(p, scale, (f.c.OX-float32(f.x0))/coarse, (f.c.OY-float32(f.y0))/coarse, image.Rect(0, 0, f.w, f.h))
	if m.Rect.Empty() {
		return f
	}
	r := max(1, int(blur*scale/1.6+0.5))
	box := m.Rect.Inset(-3 * r).Intersect(image.Rect(0, 0, f.w, f.h))
	w, h := box.Dx(), box.Dy()
	part := make([]float32, w*h)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			part[(y-box.Min.Y)*w+x-box.Min.X] = float32(m.Pix[(y-m.Rect.Min.Y)*m.Stride+x-m.Rect.Min.X]) / 255
		}
	}
	blurField(part, w, h, r)
	for y := range h {
		for x := range w {
			f.v[(y+box.Min.Y)*f.w+x+box.Min.X] += part[y*w+x] * k
		}
	}
	return f
}

// Each changes the field by a function of the place.
func (f *Field) Each(change func(v, x, y float32) float32) *Field {
	for y := range f.h {
		for x := range f.w {
			ux, uy := f.c.Units(f.x0+x*coarse, f.y0+y*coarse)
			i := y*f.w + x
			f.v[i] = change(f.v[i], ux, uy)
		}
	}
	return f
}

// blurField is three box blurs, which look like one of Gauss.
func blurField(v []float32, w, h, r int) {
	tmp := make([]float32, max(w, h))
	for range 3 {
		for y := range h {
			blurLine(v[y*w:], tmp, w, 1, r)
		}
		for x := range w {
			blurLine(v[x:], tmp, h, w, r)
		}
	}
}

func blurLine(v, tmp []float32, n, stride, r int) {
	var sum float32
	for i := range min(r, n) {
		sum += v[i*stride]
	}
	k := 1 / float32(2*r+1)
	for i := range n {
		if i+r < n {
			sum += v[(i+r)*stride]
		}
		tmp[i] = sum * k
		if i-r >= 0 {
			sum -= v[(i-r)*stride]
		}
	}
	for i := range n {
		v[i*stride] = tmp[i]
	}
}

func (f *Field) atPixel(px, py int) float32 {
	x, y := px-f.x0, py-f.y0
	if x < 0 || y < 0 || x >= (f.w-1)*coarse || y >= (f.h-1)*coarse {
		return 0
	}
	ix, iy := x/coarse, y/coarse
	fx, fy := float32(x%coarse)/coarse, float32(y%coarse)/coarse
	i := iy*f.w + ix
	a := f.v[i] + (f.v[i+1]-f.v[i])*fx
	b := f.v[i+f.w] + (f.v[i+f.w+1]-f.v[i+f.w])*fx
	return a + (b-a)*fy
}

// At is the value at a place.
func (f *Field) At(x, y float32) float32 {
	return f.atPixel(floor(x*f.c.Scale+f.c.OX), floor(y*f.c.Scale+f.c.OY))
}

// Slope is how the value changes over four pixels to the right and downwards.
func (f *Field) Slope(x, y float32) (dx, dy float32) {
	px, py := floor(x*f.c.Scale+f.c.OX), floor(y*f.c.Scale+f.c.OY)
	return f.atPixel(px+2, py) - f.atPixel(px-2, py), f.atPixel(px, py+2) - f.atPixel(px, py-2)
}
