package db_test

import (
	"strings"
	"testing"

	"github.com/noren-shop/noren/internal/base/db"
	"github.com/noren-shop/noren/internal/base/db/dbtest"
	"github.com/noren-shop/noren/migrations"

	"github.com/jackc/pgx/v5"
)

// failingCommit makes the first COMMIT after an insert fail as a distributed engine's does: XX000, and before it a notice.
const failingCommit = `
	CREATE SEQUENCE tries;
	GRANT ALL ON tries TO PUBLIC;
	CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		IF nextval('tries') = 1 THEN
			RAISE NOTICE 'a worker says' USING ERRCODE = '%CODE%';
			RAISE EXCEPTION 'failure on connection marked as essential' USING ERRCODE = 'XX000';
		END IF;
		RETURN NULL;
	END $$;
	CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON outbox_head DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION fail_once()`

func TestALostRaceFoundAtCommitIsRunAgain(t *testing.T) {
	t.Parallel()
	if !dbtest.Offered() {
		t.Skip("no PostgreSQL is offered: COMMIT cannot fail so on SQLite")
	}
	for code, runs := range map[string]int{"40001": 2, "53300": 1} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			url := dbtest.Database(t, migrations.Schema())
			raw, err := pgx.Connect(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close(ctx)
			if _, err := raw.PgConn().Exec(ctx, strings.ReplaceAll(failingCommit, "%CODE%", code)).ReadAll(); err != nil {
				t.Fatal(err)
			}
			d, err := db.Open(ctx, db.Config{URL: url, Schema: migrations.Schema(), Conns: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			ran := 0
			err = d.Write(ctx, shop(1), func(tx *db.Tx) error {
				ran++
				return tx.Queue(putHead, 1, 5)
			})
			if ran != runs || (err == nil) != (runs == 2) {
				t.Fatalf("ran %d times, %v", ran, err)
			}
			var n int
			if err := raw.QueryRow(ctx, "SELECT count(*) FROM outbox_head").Scan(&n); err != nil || n != runs-1 {
				t.Errorf("%d rows, %v", n, err)
			}
		})
	}
}
