package wire

// A Key is one encapsulation of a record, with its sealed link if it has one.
type Key struct {
	ShopKey int64
	Enc     []byte
	Link    []byte
}

// A Field is one sealed field.
type Field struct {
	Column string
	Class  uint8
	Sealed []byte
}

// A Record is what is opened together.
type Record struct {
	Table      string
	Row        int64
	Population uint8
	Subject    int64
	Keys       []Key
	Fields     []Field
}

// Open asks for plaintext, or with Query for which records match.
type Open struct {
	Credential string
	Shop       int64
	Purpose    string
	Request    string
	Reason     string
	Query      string // OpSearch
	Records    []Record
}

// maxPart leaves room in a frame for the answer's lengths.
const maxPart = 16 << 20

// Fit says how many of the records from start on go into one message: at least one.
func (o *Open) Fit(start int) int {
	n, size := 0, 0
	for i := start; i < len(o.Records) && n < MaxRecords; i++ {
		if size += o.Records[i].size(); size > maxPart && n > 0 {
			break
		}
		n++
	}
	return n
}

func (r *Record) size() int {
	size := 33 + len(r.Table)
	for _, k := range r.Keys {
		size += 16 + len(k.Enc) + len(k.Link)
	}
	for _, f := range r.Fields {
		size += 9 + len(f.Column) + len(f.Sealed)
	}
	return size
}

// Encode writes the message.
func (o *Open) Encode() []byte {
	size := 64 + len(o.Credential) + len(o.Purpose) + len(o.Request) + len(o.Reason) + len(o.Query)
	for i := range o.Records {
		size += o.Records[i].size()
	}
	w := writer{make([]byte, 0, size)}
	w.text(o.Credential)
	w.i64(o.Shop)
	w.text(o.Purpose)
	w.text(o.Request)
	w.text(o.Reason)
	w.text(o.Query)
	w.u32(uint32(len(o.Records)))
	for i := range o.Records {
		o.Records[i].encode(&w)
	}
	return w.b
}

func (r *Record) encode(w *writer) {
	w.text(r.Table)
	w.i64(r.Row)
	w.u8(r.Population)
	w.i64(r.Subject)
	w.u32(uint32(len(r.Keys)))
	for _, k := range r.Keys {
		w.i64(k.ShopKey)
		w.bytes(k.Enc)
		w.bytes(k.Link)
	}
	w.u32(uint32(len(r.Fields)))
	for _, f := range r.Fields {
		w.text(f.Column)
		w.u8(f.Class)
		w.bytes(f.Sealed)
	}
}

// DecodeOpen reads the message. Sealed fields point into b.
func DecodeOpen(b []byte) (*Open, error) {
	r := reader{b: b}
	o := &Open{Credential: r.text(MaxName), Shop: r.i64(), Purpose: r.text(MaxName), Request: r.text(MaxName),
		Reason: r.text(MaxText), Query: r.text(MaxText)}
	n := r.count(MaxRecords, 29)
	o.Records = make([]Record, n)
	for i := range o.Records {
		o.Records[i].decode(&r)
		if r.err != nil {
			return nil, r.err
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return o, nil
}

func (rec *Record) decode(r *reader) {
	rec.Table, rec.Row, rec.Population, rec.Subject = r.text(MaxName), r.i64(), r.u8(), r.i64()
	rec.Keys = make([]Key, r.count(MaxKeys, 16))
	for i := range rec.Keys {
		rec.Keys[i] = Key{ShopKey: r.i64(), Enc: r.bytes(MaxName), Link: r.bytes(2 * MaxName)}
	}
	rec.Fields = make([]Field, r.count(MaxFields, 9))
	for i := range rec.Fields {
		rec.Fields[i] = Field{Column: r.text(MaxName), Class: r.u8(), Sealed: r.bytes(MaxBlob)}
	}
}

// EncodeTexts writes an answer of plaintexts, in the order in which the fields were asked for.
func EncodeTexts(texts [][]byte) []byte {
	size := 4
	for _, t := range texts {
		size += 4 + len(t)
	}
	w := writer{make([]byte, 0, size)}
	w.u32(uint32(len(texts)))
	for _, t := range texts {
		w.bytes(t)
	}
	return w.b
}

// DecodeTexts reads an answer of plaintexts.
func DecodeTexts(b []byte) ([][]byte, error) {
	r := reader{b: b}
	texts := make([][]byte, r.count(MaxRecords*MaxFields, 4))
	for i := range texts {
		texts[i] = r.bytes(MaxBlob)
	}
	return texts, r.end()
}

// EncodeMatches writes which records a search matched.
func EncodeMatches(matches []int) []byte {
	w := writer{make([]byte, 0, 4+4*len(matches))}
	w.u32(uint32(len(matches)))
	for _, m := range matches {
		w.u32(uint32(m))
	}
	return w.b
}

// DecodeMatches reads which of n records a search matched.
func DecodeMatches(b []byte, n int) ([]int, error) {
	r := reader{b: b}
	matches := make([]int, r.count(n, 4))
	for i := range matches {
		if matches[i] = int(r.u32()); matches[i] >= n {
			return nil, ErrFrame
		}
	}
	return matches, r.end()
}
