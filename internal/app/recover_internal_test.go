package app

import (
	"reflect"
	"testing"

	"github.com/dsrd/dsrd/internal/recovery"
)

// TestOperatorsAreToldAllThatARecoveryCameTo gives each count another value.
func TestOperatorsAreToldAllThatARecoveryCameTo(t *testing.T) {
	var r recovery.Result
	counts := map[int64]string{}
	for field, v := range reflect.ValueOf(&r).Elem().Fields() {
		if v.CanInt() {
			v.SetInt(int64(len(counts) + 1))
			counts[v.Int()] = field.Name
		}
	}
	for _, v := range reflect.ValueOf(recovered(r, false)).Fields() {
		if v.CanInt() {
			delete(counts, v.Int())
		}
	}
	for _, name := range counts {
		t.Errorf("%s is not told", name)
	}
}
