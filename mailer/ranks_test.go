package mailer_test

import (
	"math"
	"slices"
	"testing"
)

// ranked is how probable it is that two samples which differ as much as these are drawn
// from the same source: Mann and Whitney's test of 1947, two-sided, by the normal
// approximation with the correction for ties. It asks whether one of the two tends to be
// larger, and supposes nothing of their shape.
func ranked(a, b []float64) float64 {
	n, m := float64(len(a)), float64(len(b))
	sum, ties := rankSum(a, b)
	u := sum - n*(n+1)/2
	all := n + m
	variance := n * m / 12 * (all + 1 - ties/(all*(all-1)))
	if variance <= 0 {
		return 1 // all values are equal
	}
	z := (u - n*m/2) / math.Sqrt(variance)
	return math.Erfc(math.Abs(z) / math.Sqrt2)
}

// rankSum is the sum of the ranks that a has among all values, equal ones sharing theirs,
// and the sum of t^3-t over the groups of t equal values.
func rankSum(a, b []float64) (sum, ties float64) {
	type value struct {
		of    float64
		first bool
	}
	var all []value
	for _, v := range a {
		all = append(all, value{v, true})
	}
	for _, v := range b {
		all = append(all, value{v, false})
	}
	slices.SortFunc(all, func(x, y value) int {
		switch {
		case x.of < y.of:
			return -1
		case x.of > y.of:
			return 1
		}
		return 0
	})
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].of == all[from].of {
			to++
		}
		rank, t := float64(from+to+1)/2, float64(to-from)
		for _, v := range all[from:to] {
			if v.first {
				sum += rank
			}
		}
		ties += t*t*t - t
		from = to
	}
	return sum, ties
}

// Values worked out by hand from the formula, and two of books: Hollander and Wolfe's
// permeability of membranes (1973, p. 69), and samples that cannot differ.
func TestRanked(t *testing.T) {
	for name, c := range map[string]struct {
		a, b []float64
		want float64
	}{
		// U = 35 of 50, no ties: z = 10 / sqrt(200/3).
		"permeability": {
			[]float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46},
			[]float64{1.15, 0.88, 0.90, 0.74, 1.21}, 0.22067,
		},
		// U = 2.5 of 16; ties of 3, 2 and 2: z = -5.5 / sqrt(11.142857).
		"ties":            {[]float64{1, 2, 2, 3}, []float64{2, 3, 4, 4}, 0.09942},
		"all apart":       {[]float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}, 0.00902}, // z = -12.5 / sqrt(275/12)
		"the same":        {[]float64{1, 2, 3}, []float64{1, 2, 3}, 1},
		"all equal":       {[]float64{7, 7}, []float64{7, 7, 7}, 1},
		"in the middle":   {[]float64{1, 4}, []float64{2, 3}, 1},
		"other way round": {[]float64{6, 7, 8, 9, 10}, []float64{1, 2, 3, 4, 5}, 0.00902},
	} {
		if got := ranked(c.a, c.b); math.Abs(got-c.want) > 0.0001 {
			t.Errorf("%s: got %.5f, want %.5f", name, got, c.want)
		}
	}
}

// Of samples from one source, one in a hundred is called different with p < 0.01.
func TestRankedIsRarelyWrong(t *testing.T) {
	chance, wrong := newChance(9), 0
	draw := func() (all []float64) {
		for range 40 {
			all = append(all, float64(chance.r.Uint64()%1000))
		}
		return all
	}
	for range 2000 {
		if ranked(draw(), draw()) < 0.01 {
			wrong++
		}
	}
	if wrong < 5 || wrong > 40 { // 20 are expected, and 4.4 the deviation
		t.Errorf("%d of 2000 were called different", wrong)
	}
}
