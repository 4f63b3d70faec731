package db

// The statements of the store itself.
const (
	sqlQueryOnly      = `PRAGMA query_only = 1`
	sqlBegin          = `BEGIN`
	sqlBeginImmediate = `BEGIN IMMEDIATE`
	sqlCommit         = `COMMIT`
	sqlRollback       = `ROLLBACK`
	sqlSavepoint      = `SAVEPOINT one`
	sqlRollbackTo     = `ROLLBACK TO one`
	sqlRelease        = `RELEASE one`

	// One round trip opens a transaction and names its shop. SET LOCAL takes no bound argument and set_config does not
	// reach Citus' workers; the shop is an integer that Go formats.
	pgBeginRead  = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL noren.shop = %d`
	pgBeginWrite = `BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL noren.shop = %d`
	pgBeginLock  = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL noren.shop = %d`
	pgAcross     = `; SET LOCAL ROLE noren_across`
	pgRole       = `SET ROLE noren_app`
	pgMakeRoles  = `DO $$ BEGIN CREATE ROLE noren_app NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
		DO $$ BEGIN CREATE ROLE noren_across NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`
	pgJoinRoles   = `GRANT noren_app, noren_across TO CURRENT_USER`
	pgGrantTables = `GRANT USAGE ON SCHEMA public TO noren_app, noren_across;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO noren_app, noren_across`
	pgHasPolicy = `SELECT count(*) FROM pg_policies WHERE schemaname = 'public' AND tablename = $1 AND policyname = 'noren_shop'`
	pgHasRoles  = `SELECT count(*) FROM pg_roles WHERE rolname IN ('noren_app', 'noren_across') AND pg_has_role(rolname, 'MEMBER')`
	pgPolicy    = `ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY;
		CREATE POLICY noren_shop ON %[1]s TO noren_app USING (shop_id = current_setting('noren.shop')::bigint)
			WITH CHECK (shop_id = current_setting('noren.shop')::bigint);
		CREATE POLICY noren_across ON %[1]s TO noren_across USING (true) WITH CHECK (true)`

	// Copying a store. Names of tables and columns come from the engine's own catalogue, in the order of their making.
	sqlVersion      = `SELECT MAX(version_id) FROM goose_db_version WHERE is_applied`
	sqlTablesSQLite = `
		SELECT t.name, c.name, UPPER(c.type) = 'BOOLEAN'
		FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND t.name NOT LIKE 'goose!_%' ESCAPE '!'
		ORDER BY t.rowid, c.cid`
	sqlTablesPostgres = `
		SELECT t.relname, c.attname, c.atttypid = 'boolean'::regtype
		FROM pg_class t
		JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
		WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND t.relname NOT LIKE 'goose!_%' ESCAPE '!'
		ORDER BY t.oid, c.attnum`
	sqlDump  = `SELECT %s FROM %s`
	sqlSome  = `SELECT COUNT(*) FROM (SELECT 1 FROM %s LIMIT 2) few`
	sqlEmpty = `DELETE FROM %s`
	sqlLoad  = `INSERT INTO %s (%s) VALUES (%s)`
)
