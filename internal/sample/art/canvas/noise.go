package canvas

import "math/rand/v2"

const tile = 256

// Noise is a tile of random values that gives smooth noise at any scale.
type Noise struct{ t []float32 }

// NewNoise makes a tile from a seed.
func NewNoise(seed uint64) *Noise {
	r := rand.NewPCG(seed, 0x6e6f72656e)
	n := &Noise{t: make([]float32, tile*tile)}
	for i := 0; i < len(n.t); i += 4 {
		v := r.Uint64()
		for k := range 4 {
			n.t[i+k] = float32(v>>(16*k)&0xffff) / 65535
		}
	}
	return n
}

func floor(v float32) int {
	i := int(v)
	if float32(i) > v {
		i--
	}
	return i
}

// At is smooth noise from 0 to 1 with a feature at every whole number.
func (n *Noise) At(x, y float32) float32 {
	ix, iy := floor(x), floor(y)
	fx, fy := x-float32(ix), y-float32(iy)
	fx, fy = fx*fx*(3-2*fx), fy*fy*(3-2*fy)
	x0, x1 := ix&(tile-1), (ix+1)&(tile-1)
	r0, r1 := n.t[iy&(tile-1)*tile:], n.t[(iy+1)&(tile-1)*tile:]
	a := r0[x0] + (r0[x1]-r0[x0])*fx
	b := r1[x0] + (r1[x1]-r1[x0])*fx
	return a + (b-a)*fy
}

// Cloud is noise with detail in three sizes, from 0 to 1.
func (n *Noise) Cloud(x, y float32) float32 {
	return 0.57*n.At(x, y) + 0.29*n.At(x*2.1+31.7, y*2.1+11.3) + 0.14*n.At(x*4.3+71.1, y*4.3+53.9)
}

// Cell is a random value that holds over a whole unit square.
func (n *Noise) Cell(x, y int) float32 { return n.t[(y&(tile-1))*tile+x&(tile-1)] }

func (n *Noise) grain(i int) float32 { return n.t[(i*7+i>>10)&(tile*tile-1)] }
