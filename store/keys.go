package store

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// keys spells every key of one partition. All of them carry the partition's hash
// tag, so that one script finds all it needs on one node of a Redis Cluster.
//
// Key (after the tag)   type    what it holds                    written by
//
//	r:ID                 hash    v version, s state, w wake (ms),  commit, key, forget
//	                             b body, k wrapped data key,
//	                             g digests of its groups
//	o:ID                 hash    digest of op -> version           commit
//	h:ID                 list    history entries, public JSON      commit
//	p:ID                 hash    seq -> private part, JSON         commit, forget
//	w:ID                 set     effects that wait                 commit, done
//	due                  zset    task -> due (ms)                  commit, claim, extend, retry, done
//	task                 hash    effect id -> effect, JSON         commit, done
//	claim                hash    task -> number of its claim,      claim, commit, retry, done
//	                             negative once given back
//	tries                hash    task -> attempts that ended       retry, commit, done
//	lapsed               hash    task -> claims that lapsed        claim, commit, done
//	sending              hash    task -> claim under which it may  sending, claim, commit, retry, done
//	                             have left
//	perhaps              hash    task -> claims that lapsed after  claim, commit, done
//	                             it may have left
//	note                 hash    task -> note of the last attempt  retry, commit, done
//	fence                hash    lease name -> highest epoch seen; commit, fence, mail
//	                             'by ' lease name -> its owner
//	guard                hash    epoch of the store, phase; 1 and  guard, commit
//	                             '' where there is none
//	seq                  string  counter of commits and sendings   commit, sending
//	ids                  zset    request ids, all scored 0         commit
//	state:STATE          zset    request id -> deadline (ms)       commit
//	groups               hash    digest of what an open request    commit, vacate, forget
//	                             occupies -> request id
//	outbox               zset    letter that waits -> ordered (ms) commit, done
//	bm:ID                hash    blob name -> where it is, JSON    put, blob, forget
//	b:ID:NAME            string  encrypted blob                    put, blob, forget
//	probe:RANDOM:...     any     a life that lasts for a moment    (self-test)
//	tests                zset    self-tests that run, or died ->   (self-test)
//	                             begun (ms)
//
// and in partition 0 alone
//
//	gen                  hash    id, epoch, created, partitions,   found, halt, begin_recovery,
//	                             phase, why, ancestors             end_recovery
//	replicas             hash    owner -> last heard of (ms),      replica
//	                             nonce
//	lease:NAME           hash    owner, epoch, until (ms)          lease
//	mail                 hash    digest of mail -> record, JSON    mail, judge
//	mail:tries           hash    digest -> attempts, undecided     mail, judge
//	mail:op              hash    digest -> op of last attempt      mail, judge
//	mails:OUTCOME        zset    digest -> first seen (ms)         mail, judge
//	cursor               hash    mailbox -> cursor, JSON           (single HSET)
//	limit:DIGEST         zset    op -> time (ms); the only TTL     limit, take_place
//	waits:TENANT         zset    request whose letter waits for a  wait, (ZREM)
//	                             place -> last heard of (ms)
//	waited:TENANT        zset    the same -> since when (ms)       wait, (ZREM)
//	first                hash    key -> time (ms), owner           first
//	named:TENANT         hash    digest of admin entry -> since    name_admins
//	                             (ms), 0 from the beginning; '' ->
//	                             when the tenant was first seen
//	suppressed           hash    digest of address -> until (ms,   (single HSET or HDEL)
//	                             '' for good), why
//	vault                hash    name -> sealed token              (single HSET)
//	probes               hash    id -> sent (ms), digest of admin  (MULTI), forget_probe
//	                             entry, sealed probe
//	probed               hash    digest of admin entry -> id of    (MULTI), forget_probe
//	                             its latest probe
//	pause                hash    by, why, since, until (ms)        (single HSET or DEL)
//	rewritten            set     run ids of servers that wrote     (MULTI)
//	                             their append-only file anew
type keys string

func (s *Store) keysOf(partition int) keys {
	return keys(fmt.Sprintf("{%s:%02d}:%s", s.cfg.Prefix, partition, s.shadow))
}

func (k keys) request(id workflow.ID) string { return string(k) + "r:" + string(id) }
func (k keys) ops(id workflow.ID) string     { return string(k) + "o:" + string(id) }
func (k keys) history(id workflow.ID) string { return string(k) + "h:" + string(id) }
func (k keys) private(id workflow.ID) string { return string(k) + "p:" + string(id) }
func (k keys) waiting(id workflow.ID) string { return string(k) + "w:" + string(id) }

func (k keys) due() string   { return string(k) + "due" }
func (k keys) task() string  { return string(k) + "task" }
func (k keys) claim() string { return string(k) + "claim" }
func (k keys) tries() string { return string(k) + "tries" }
func (k keys) note() string  { return string(k) + "note" }

func (k keys) lapsed() string  { return string(k) + "lapsed" }
func (k keys) sending() string { return string(k) + "sending" }
func (k keys) perhaps() string { return string(k) + "perhaps" }
func (k keys) guard() string   { return string(k) + "guard" }

func (k keys) fence() string                 { return string(k) + "fence" }
func (k keys) seq() string                   { return string(k) + "seq" }
func (k keys) ids() string                   { return string(k) + "ids" }
func (k keys) groups() string                { return string(k) + "groups" }
func (k keys) outbox() string                { return string(k) + "outbox" }
func (k keys) state(s workflow.State) string { return string(k) + "state:" + string(s) }

func (k keys) blobs(id workflow.ID) string { return string(k) + "bm:" + string(id) }
func (k keys) blob(id workflow.ID, name string) string {
	return string(k) + "b:" + string(id) + ":" + name
}

func (k keys) generation() string          { return string(k) + "gen" }
func (k keys) lease(name string) string    { return string(k) + "lease:" + name }
func (k keys) mail() string                { return string(k) + "mail" }
func (k keys) mailTries() string           { return string(k) + "mail:tries" }
func (k keys) mailOp() string              { return string(k) + "mail:op" }
func (k keys) cursor() string              { return string(k) + "cursor" }
func (k keys) limit(digest string) string  { return string(k) + "limit:" + digest }
func (k keys) first() string               { return string(k) + "first" }
func (k keys) pause() string               { return string(k) + "pause" }
func (k keys) tests() string               { return string(k) + "tests" }
func (k keys) rewritten() string           { return string(k) + "rewritten" }
func (k keys) named(tenant string) string  { return string(k) + "named:" + tenant }
func (k keys) waits(tenant string) string  { return string(k) + "waits:" + tenant }
func (k keys) waited(tenant string) string { return string(k) + "waited:" + tenant }
func (k keys) founded() string             { return string(k) + "founded" }
func (k keys) suppressed() string          { return string(k) + "suppressed" }
func (k keys) replicas() string            { return string(k) + "replicas" }
func (k keys) vault() string               { return string(k) + "vault" }
func (k keys) probes() string              { return string(k) + "probes" }
func (k keys) probed() string              { return string(k) + "probed" }

// mails is the index of the mails that came to this outcome.
func (k keys) mails(o workflow.Outcomes) string { return string(k) + "mails:" + string(o) }

// opDigest shortens an operation id of any length to 16 bytes: collisions are as
// unlikely as guessing a key, and a hash of short fields stays compact in Redis.
func opDigest(op string) string {
	sum := sha256.Sum256([]byte(op))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// maxIDLength is far above the 26 characters of a real id.
const maxIDLength = 64

// checkID refuses ids that a key or a file name cannot carry, or that live in a
// partition this store does not have.
func (s *Store) checkID(id workflow.ID) error {
	if id == "" || len(id) > maxIDLength || strings.Trim(string(id), idCharacters) != "" {
		return fmt.Errorf("request id %.70q is malformed: %w", string(id), workflow.NotFound)
	}
	if id.Partition() >= s.cfg.Partitions {
		return fmt.Errorf("request %s lives in partition %02d, of %d configured: %w",
			id, id.Partition(), s.cfg.Partitions, workflow.NotFound)
	}
	return nil
}

const idCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
