package store

import ("testing";"bytes";"fmt";"math/rand")

func BenchmarkZZ(b *testing.B) {
	s := &searchText{}
	first := []string{"ada", "bjorn", "chidi", "dorte", "elif", "violeta", "wenzel", "xenia", "yusuf", "zoe"}
	last := []string{"abel", "backer", "castro", "dubois", "eriksson", "muller", "zimmermann"}
	for i := range 100000 {
		s.text = append(s.text, fmt.Sprintf("%s %s %d seed1-%d@acme.example\n", first[rand.Intn(10)], last[rand.Intn(7)], i, i)...)
		s.ends = append(s.ends, uint32(len(s.text)))
	}
	for _, c := range s.text { s.letters[c]++ }
	for _, p := range []string{"e","nobody", "99999", "zoe xu 77", "mull", "seed1-5", "xyz", "1234", "ana", "example", "enn"} {
		b.Run("find/"+p, func(b *testing.B) { for b.Loop() { s.find(p) } })
		b.Run("plain/"+p, func(b *testing.B) { for b.Loop() {
			rows := make([]uint32, 0, 1024)
			w := []byte(p)
			for row, at := 0, 0; ; {
				i := bytes.Index(s.text[at:], w)
				if i < 0 { break }
				for at += i; int(s.ends[row]) <= at; { row++ }
				rows = append(rows, uint32(row))
				at = int(s.ends[row])
			}
		} })
	}
}
