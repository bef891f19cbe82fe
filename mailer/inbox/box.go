package inbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Box is one account. Its methods may be called from several goroutines: scans wait for each other,
// and so do Append, Find and the marker's methods, which have a connection of their own, as Watch has.
type Box struct {
	config  Config
	memory  Memory
	handler Handler

	scanning sync.Mutex
	reader   *line
	memos    map[string]*memo // by folder
	// renumbered is when a folder was numbered anew of late.
	renumbered map[string][]time.Time
	quota      Quota
	measured   time.Time // when it was asked for
	unmeasured bool      // the server cannot say it

	writing sync.Mutex
	writer  *line
	written time.Time // last success

	watching sync.Mutex
	watcher  *line

	mu      sync.Mutex
	ensured bool // our folders exist
}

// New describes a box; it connects with the first scan.
func New(config Config, memory Memory, handler Handler) (*Box, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("configure the mailbox %s: %w", config.Name, err)
	}
	if memory == nil || handler == nil {
		return nil, fmt.Errorf("configure the mailbox %s: memory and handler are required", config.Name)
	}
	b := &Box{config: config, memory: memory, handler: handler, memos: map[string]*memo{}}
	b.renumbered = map[string][]time.Time{}
	b.reader, b.writer, b.watcher = newLine(&b.config), newLine(&b.config), newLine(&b.config)
	return b, nil
}

// Next is the earliest instant at which a scan may connect; zero when it may at once. A scan
// before it returns TooEarly without touching the network.
func (b *Box) Next() time.Time {
	b.scanning.Lock()
	defer b.scanning.Unlock()
	if b.reader.client != nil {
		return time.Time{}
	}
	return b.reader.pace.next()
}

// Close logs out. The box connects again when it is used again. Watch ends with its context instead.
func (b *Box) Close(ctx context.Context) {
	b.scanning.Lock()
	b.reader.hangUp(ctx)
	b.scanning.Unlock()
	b.writing.Lock()
	b.writer.hangUp(ctx)
	b.writing.Unlock()
}

// ready connects a line and sees, once in a process, that our folders exist.
func (b *Box) ready(ctx context.Context, l *line) error {
	if err := l.connect(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ensured {
		return nil
	}
	if err := l.ensure(ctx); err != nil {
		return fmt.Errorf("prepare the folders of %s: %w", b.config.Name, err)
	}
	b.ensured = true
	return nil
}

// Scan reads the folder, and Junk if there is one, from end to end: it hands out every mail that is
// ours and not done, and marks what the handler took. A mail that cannot be read or handled is
// reported and does not stop the others.
//
// The error is about the scan: ErrAuth, TooEarly, ErrNoFolder, ErrNoValidity, ErrRestless, ErrForged,
// ErrLost, a refused mark; or the handler's ErrOurs, after which no mail is handed out any more.
// The report is true as far as the scan came.
func (b *Box) Scan(ctx context.Context) (Report, error) {
	b.scanning.Lock()
	defer b.scanning.Unlock()
	report := Report{Started: b.config.Now()}
	folders := []string{b.config.Folder}
	if b.config.Junk != "" {
		folders = append(folders, b.config.Junk)
	}
	read := 0
	var errs []error
	var visits []*visit
	stop := new(halt)
	for _, folder := range folders {
		v := b.visit(folder, &report)
		v.halt = stop
		visits = append(visits, v)
		err := v.run(ctx)
		errs = append(errs, err)
		if v.read {
			read++
		}
		if err != nil && b.reader.client == nil || stop.why() != nil {
			break // the other folder is behind the same door
		}
	}
	for _, v := range visits {
		errs = append(errs, v.last(ctx))
	}
	if err := stop.why(); err != nil {
		errs = append(errs, fmt.Errorf("hand out the mails of %s: %w", b.config.Name, err))
	}
	report.Complete = read == len(folders) && report.Failed == 0 && stop.why() == nil
	errs = append(errs, b.measure(ctx))
	report.Quota = b.quota
	err := errors.Join(errs...)
	b.reader.pace.ended(ctx, err, b.reader.client != nil)
	return report, err
}
