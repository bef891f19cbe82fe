package export_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/dsrd/dsrd/export"
	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/workflow"
)

const (
	anna = "anna.admin@shop.example"
	eve  = "eve.admin@mall.example"
)

// A desk is a carrier with a registry that a test may change, and what it kept.
type desk struct {
	*export.Carrier
	tenants map[string]workflow.Tenant
	owner   string // of the customer, "" if nobody's
	fails   error
	cools   time.Time
	blobs   map[string][]byte
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{owner: "shop", blobs: map[string][]byte{}, tenants: map[string]workflow.Tenant{
		"shop": {ID: "shop", Name: "Shop", Encryption: workflow.EncryptNone,
			Admins: []workflow.Admin{{Address: anna, Role: workflow.AccountAdministrator}}},
		"mall": {ID: "mall", Name: "Mall", Encryption: workflow.EncryptNone,
			Admins: []workflow.Admin{{Address: eve, Role: workflow.AccountAdministrator}}},
	}}
	rows := func(workflow.Tenant) []export.Reading {
		return []export.Reading{{Source: shop(orders(nil), nil, order(customer, 1))}}
	}
	d.Carrier = &export.Carrier{
		Compiler: compiler(t), Registry: d, Blobs: d, Sources: rows, Incomplete: export.Wait,
		Random: rand.Reader, Now: func() time.Time { return now },
	}
	return d
}

func (d *desk) Lookup(context.Context, workflow.Address) (workflow.Tenant, error) {
	return d.Tenant(context.Background(), d.owner)
}

func (d *desk) Tenant(_ context.Context, id string) (workflow.Tenant, error) {
	t, ok := d.tenants[id]
	if d.fails != nil {
		return workflow.Tenant{}, d.fails
	}
	if !ok {
		return t, workflow.NotFound
	}
	return t, nil
}

func (d *desk) Put(_ context.Context, _ workflow.ID, name string, r io.Reader) (int64, error) {
	raw, err := io.ReadAll(r)
	d.blobs[name] = raw
	return int64(len(raw)), err
}

// released is a request that anna has acknowledged.
func released() workflow.Request {
	return workflow.Request{
		ID: "00abcdefghijklmnopqrstuvwx", State: workflow.Compiling, TenantID: "shop", Customer: customer,
		Rights: []workflow.Right{workflow.Export},
		Ack:    &workflow.Ack{Admin: anna, Role: workflow.AccountAdministrator},
	}
}

func (d *desk) carry(t *testing.T, r workflow.Request) workflow.Outcome {
	t.Helper()
	task := workflow.Task{Request: r.ID, Effect: &workflow.Effect{ID: "e.1", Type: workflow.Compile}}
	out, err := d.Carry(t.Context(), r, task)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever changed between the acknowledgement and the compilation: only whom the
// registry still names, for the tenant that still has the customer, gets a package.
func TestAPackageIsMadeOnlyForWhomTheRegistryNamesNow(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*desk, *workflow.Request)
		want   workflow.EventType
	}{
		"nothing changed":  {func(*desk, *workflow.Request) {}, workflow.PackageBuilt},
		"nobody's by now":  {func(d *desk, _ *workflow.Request) { d.owner = "" }, workflow.TenantLost},
		"another's by now": {func(d *desk, _ *workflow.Request) { d.owner = "mall" }, workflow.TenantLost},
		"another's, and anna is its admin too": {func(d *desk, _ *workflow.Request) {
			d.owner, d.tenants["mall"] = "mall", workflow.Tenant{ID: "mall", Encryption: workflow.EncryptNone, Admins: d.tenants["shop"].Admins}
		}, workflow.TenantLost},
		"the tenant is gone":  {func(d *desk, _ *workflow.Request) { delete(d.tenants, "shop") }, workflow.TenantLost},
		"another admin":       {func(d *desk, _ *workflow.Request) { d.tenants["shop"].Admins[0].Address = eve }, workflow.AdminChanged},
		"another role":        {func(d *desk, _ *workflow.Request) { d.tenants["shop"].Admins[0].Role = workflow.Owner }, workflow.AdminChanged},
		"nobody acknowledged": {func(_ *desk, r *workflow.Request) { r.Ack = nil }, workflow.CompileFailed},
		"a role that may not": {func(d *desk, r *workflow.Request) {
			d.tenants["shop"].Admins[0].Role, r.Ack.Role = workflow.Reader, workflow.Reader
		}, workflow.RoleRefused},
		"assigned, nobody's":   {func(d *desk, r *workflow.Request) { d.owner, r.Assigned = "", true }, workflow.PackageBuilt},
		"assigned, the tenant": {func(d *desk, r *workflow.Request) { r.Assigned = true; delete(d.tenants, "shop") }, workflow.TenantLost},
		"assigned, to another whose admin did not acknowledge": {func(d *desk, r *workflow.Request) {
			d.owner, r.Assigned, r.TenantID = "", true, "mall"
		}, workflow.AdminChanged},
		"assigned, and listed for another by now": {func(d *desk, r *workflow.Request) {
			d.owner, r.Assigned = "mall", true
		}, workflow.TenantLost},
		"assigned, another admin": {func(d *desk, r *workflow.Request) {
			r.Assigned, d.owner = true, ""
			d.tenants["shop"].Admins[0].Address = eve
		}, workflow.AdminChanged},
		"assigned, nobody acknowledged": {func(_ *desk, r *workflow.Request) { r.Assigned, r.Ack = true, nil }, workflow.CompileFailed},
	} {
		t.Run(name, func(t *testing.T) {
			d, r := newDesk(t), released()
			c.change(d, &r)
			out := d.carry(t, r)
			if out.Event.Type != c.want {
				t.Errorf("got %+v, want %s", out, c.want)
			}
			if made := len(d.blobs) > 0; made != (c.want == workflow.PackageBuilt) {
				t.Errorf("%d blobs were kept", len(d.blobs))
			}
		})
	}
}

// A registry that does not answer is asked again in a minute, whether by customer or
// by tenant.
func TestARegistryThatFailsIsAskedAgain(t *testing.T) {
	for _, assigned := range []bool{false, true} {
		d, r := newDesk(t), released()
		r.Assigned, d.fails = assigned, errors.New("no such table")
		if out := d.carry(t, r); !out.Retry.Equal(now.Add(time.Minute)) || out.Event.Type != "" || len(d.blobs) > 0 {
			t.Errorf("assigned %v: got %+v", assigned, out)
		}
	}
}

// The acknowledgement names no key: one that was put into the registry behind it has
// to be old enough before anything is encrypted with it.
func TestAnEntryThatIsTooNewGetsNoPackage(t *testing.T) {
	d, r := newDesk(t), released()
	var asked workflow.Admin
	d.Cooling = func(_ context.Context, tenant workflow.Tenant, a workflow.Admin, _ workflow.Address) (time.Time, error) {
		asked = a
		return d.cools, d.fails
	}
	d.cools = now.Add(time.Second)
	out := d.carry(t, r)
	if !out.Retry.Equal(d.cools) || !out.Uncounted || out.Event.Type != "" || len(d.blobs) > 0 {
		t.Errorf("got %+v", out)
	}
	if asked.Address != anna || asked.Role != workflow.AccountAdministrator {
		t.Errorf("asked about %+v", asked)
	}
	for _, d.cools = range []time.Time{now, {}} {
		if out := d.carry(t, r); out.Event.Type != workflow.PackageBuilt {
			t.Errorf("until %v: got %+v", d.cools, out)
		}
	}
}

// A question about the cooling-off that fails is no permission.
func TestCoolingThatCannotBeAskedGrantsNothing(t *testing.T) {
	d, r := newDesk(t), released()
	d.Cooling = func(context.Context, workflow.Tenant, workflow.Admin, workflow.Address) (time.Time, error) {
		return time.Time{}, errors.New("connection refused")
	}
	if out := d.carry(t, r); !out.Retry.Equal(now.Add(time.Minute)) || out.Event.Type != "" || len(d.blobs) > 0 {
		t.Errorf("got %+v", out)
	}
}

// What cannot be encrypted as the tenant wants it is not made at all.
func TestThereIsNoFallbackToPlaintext(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		way  workflow.Encryption
		key  string
		want workflow.EventType
	}{
		"age":          {workflow.EncryptAge, key.Recipient().String(), workflow.PackageBuilt},
		"age, no key":  {workflow.EncryptAge, "", workflow.CompileFailed},
		"age, no age":  {workflow.EncryptAge, "ssh-ed25519 AAAA", workflow.CompileFailed},
		"nothing said": {"", "", workflow.CompileFailed},
		"passphrase":   {workflow.EncryptPassphrase, "", workflow.PackageBuilt},
	} {
		t.Run(name, func(t *testing.T) {
			d, r := newDesk(t), released()
			tenant := d.tenants["shop"]
			tenant.Encryption, tenant.Admins[0].PublicKey = c.way, c.key
			d.tenants["shop"] = tenant
			out := d.carry(t, r)
			if out.Event.Type != c.want {
				t.Fatalf("got %+v", out)
			}
			if c.want == workflow.CompileFailed && out.Event.Reason != workflow.EncryptionFailed {
				t.Errorf("for %s", out.Event.Reason)
			}
			for name, raw := range d.blobs {
				if bytes.HasPrefix(raw, []byte("PK")) && c.way == workflow.EncryptAge || bytes.Contains(raw, []byte(customer)) {
					t.Errorf("%s can be read", name)
				}
			}
		})
	}
}

// Rows of a source that is out of order are waited for longer each time, and then a
// person must look.
func TestASourceThatIsOutOfOrderIsAskedAgain(t *testing.T) {
	d, r := newDesk(t), released()
	fault := &source.Error{Source: "shop", Set: "orders", Kind: source.Temporary}
	d.Sources = func(workflow.Tenant) []export.Reading {
		return []export.Reading{{Source: shop(orders(nil), fault)}}
	}
	effect := &workflow.Effect{ID: "e.1", Type: workflow.Compile}
	for attempts, wait := range map[int]time.Duration{0: time.Minute, 3: 8 * time.Minute, 6: time.Hour} {
		out, err := d.Carry(t.Context(), r, workflow.Task{Effect: effect, Attempts: attempts})
		if err != nil || !out.Retry.Equal(now.Add(wait)) || out.Note != "shop/orders: temporary" {
			t.Errorf("after %d attempts: %+v, %v", attempts, out, err)
		}
	}
	out, err := d.Carry(t.Context(), r, workflow.Task{Effect: effect, Attempts: 7})
	if err != nil || out.Event.Type != workflow.CompileFailed || out.Event.Reason != workflow.SourceFailed {
		t.Errorf("at last: %+v, %v", out, err)
	}
}
