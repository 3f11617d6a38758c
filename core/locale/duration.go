package locale

import (
	"fmt"
	"time"
)

const day = 24 * time.Hour

// Duration writes a length of time with its two largest units, rounded down:
// "30 s", "45 min", "9 h 12 min" and, from 48 hours on, "3 d 4 h"; in German
// "30 Sek.", "45 Min.", "9 Std. 12 Min.", "3 Tg. 4 Std.".
func (p *Printer) Duration(d time.Duration) string {
	if d < 0 {
		return "-" + p.Duration(d.Abs())
	}
	switch {
	case d >= 2*day:
		return p.pair("duration.days", int(d/day), "duration.hours", int(d%day/time.Hour))
	case d >= time.Hour:
		return p.pair("duration.hours", int(d/time.Hour), "duration.minutes", int(d%time.Hour/time.Minute))
	case d >= time.Minute:
		return p.T("duration.minutes", Params{"N": int(d / time.Minute)})
	}
	return p.T("duration.seconds", Params{"N": int(d / time.Second)})
}

// pair writes two units and leaves the smaller one out when it is zero.
func (p *Printer) pair(large string, n int, small string, rest int) string {
	text := p.T(large, Params{"N": n})
	if rest == 0 {
		return text
	}
	return text + " " + p.T(small, Params{"N": rest})
}

// Clock writes a length of time as a running clock does, rounded down:
// "0:00:07", "9:12:05", "123:04:05".
func (p *Printer) Clock(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", d.Abs()
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, int(d/time.Hour), int(d%time.Hour/time.Minute), int(d%time.Minute/time.Second))
}

// Hours writes a length of time in decimal hours, rounded to hundredths: "1.75"
// or "1,75".
func (p *Printer) Hours(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", d.Abs()
	}
	const hundredth = time.Hour / 100
	n := int(d / hundredth)
	if d%hundredth >= hundredth/2 {
		n++
	}
	if n == 0 {
		sign = ""
	}
	return fmt.Sprintf("%s%s%c%02d", sign, p.Number(n/100), p.words.decimal, n%100)
}
