package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/noren-shop/noren/internal/base/child"
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
	"github.com/noren-shop/noren/internal/commerce/payment/provider"
	"github.com/noren-shop/noren/internal/paysim"
	"github.com/noren-shop/noren/internal/server"
)

// payments is the simulated payment company, in a process of its own.
type payments struct {
	paysim.Ready
	process *child.Process
	control *paysim.Control // opens the sample shops' accounts
}

// startPayments starts it. With a folder that is kept, what was paid is there again at the next start.
func (d *demo) startPayments(ctx context.Context) (*payments, error) {
	self, err := child.Self()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(d.dir, "paysim")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the simulator's folder: %w", err)
	}
	key := secret.NewToken()
	at := d.lastAddresses()
	lines := make(chan string, 1)
	c := child.Command{Path: self, Env: []string{"NOREN_PAYSIM_CONTROL=" + key.Reveal()}, Args: []string{"paysim", "-json", "-tied", "-listen", at[0],
		"-api", at[1], "-journal", filepath.Join(dir, "journal")}, Line: func(s child.Stream, line string) {
		if s == child.Stdout {
			select {
			case lines <- line:
			default:
			}
			return
		}
		fmt.Fprintln(d.Err, line)
	}}
	if os.Getuid() == 0 {
		u, err := child.LookupUser(paysimUser)
		if err != nil {
			return nil, err
		}
		if err := os.Chown(dir, int(u.UID), int(u.GID)); err != nil {
			return nil, fmt.Errorf("give the simulator its folder: %w", err)
		}
		c.User = &u
	}
	p := &payments{}
	if p.process, err = child.Start(context.WithoutCancel(ctx), c); err != nil {
		return nil, fmt.Errorf("start the payment simulator: %w", err)
	}
	select {
	case line := <-lines:
		err = json.Unmarshal([]byte(line), &p.Ready)
	case <-p.process.Done():
		err = fmt.Errorf("the payment simulator ended: %w", p.process.Err())
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		err = d.keepAddresses(p.Ready)
	}
	if err == nil {
		p.control, err = paysim.NewControl(p.API, key)
	}
	if err != nil {
		return nil, errors.Join(err, p.process.Stop())
	}
	return p, nil
}

func (d *demo) addressFile() string { return filepath.Join(d.dir, "paysim.json") }

// lastAddresses are where the simulator was in this folder's last run, if nobody has those ports by now: the shops' settings name them.
func (d *demo) lastAddresses() [2]string {
	out := [2]string{"127.0.0.1:0", "127.0.0.1:0"}
	var last paysim.Ready
	b, err := os.ReadFile(d.addressFile())
	if err != nil || json.Unmarshal(b, &last) != nil {
		return out
	}
	for i, address := range []string{last.URL, last.API} {
		if free, err := freePort(strings.TrimPrefix(address, "http://")); err == nil {
			out[i] = free
		}
	}
	return out
}

func (d *demo) keepAddresses(r paysim.Ready) error {
	b, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(d.addressFile(), b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("remember the simulator's addresses: %w", err)
	}
	return nil
}

// account opens a sample shop's account. Its name at the simulator is kept as the account's public one; where its notices go is told
// once the doors are known, at every start.
func (p *payments) account(ctx context.Context, shop string) (provider.Account, error) {
	a, err := p.control.OpenAccount(ctx, shop, "")
	if err != nil {
		return provider.Account{}, err
	}
	return provider.Account{Name: provider.Simulator, Endpoint: p.API, Public: a.ID, Key: a.Key, Notices: a.Notices}, nil
}

// listen has the sample shops' notices come to their doors.
func (p *payments) listen(ctx context.Context, h *server.House, shops []int64) error {
	for _, shop := range shops {
		account, address, err := h.NoticesFrom(ctx, id.Shop(shop), provider.Simulator)
		if err != nil {
			return fmt.Errorf("find the shop's account: %w", err)
		}
		if err := p.control.Notify(ctx, account, address); err != nil {
			return err
		}
	}
	return nil
}
