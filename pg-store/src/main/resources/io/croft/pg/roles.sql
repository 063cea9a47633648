-- Croft's roles and schema in one database: the only script that needs privileges. It can be run again at any time.
--
-- Run it by a superuser, or by a role that may create roles and may create schemas in this database. ${login} is the
-- role that the application logs in as. It gets no right of its own: it may only switch to the roles below, and does
-- so for the length of one transaction.
--
--   ${schema}_owner     owns the tables; migrations run as it; never a tenant's statement
--   ${schema}_app       work for one organisation, held to it by row-level security
--   ${schema}_dispatch  owns the queue's functions; nobody logs in or switches to it but a migration
--   ${schema}_worker    executes the queue's functions of a worker, and so sees the payloads of every organisation
--   ${schema}_index     reads what the followers of the change logs need
--   ${schema}_admin     creates and erases organisations
DO $croft$
DECLARE
  v_version int := current_setting('server_version_num')::int;
  v_super boolean := (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user);
  v_login pg_roles;
  v_role text;
  v_others text;
BEGIN
  IF v_version < 150000 THEN
    RAISE EXCEPTION 'Postgres % is too old: Croft needs 15 or newer', current_setting('server_version');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('croft roles ${schema}', 0));

  FOREACH v_role IN ARRAY ARRAY['owner', 'app', 'dispatch', 'index', 'admin', 'worker'] LOOP
    v_role := '${schema}_' || v_role;
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = v_role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', v_role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        RAISE NOTICE 'role % was made by somebody else just now', v_role;  -- roles belong to all databases
      END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = v_role
        AND (r.rolsuper OR r.rolbypassrls OR r.rolcanlogin OR r.rolinherit)) THEN
      RAISE EXCEPTION 'role % exists and is not NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS: alter it, or use another schema name',
        v_role;
    END IF;
  END LOOP;

  -- A migration hands the queue's functions over to their owner.
  IF NOT pg_has_role('${schema}_owner', '${schema}_dispatch', 'MEMBER') THEN
    GRANT ${schema}_dispatch TO ${schema}_owner;
  END IF;

  IF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = '${schema}') THEN
    IF NOT v_super THEN
      EXECUTE format('GRANT ${schema}_owner TO %I', current_user);
    END IF;
    CREATE SCHEMA ${schema} AUTHORIZATION ${schema}_owner;
    IF NOT v_super THEN
      EXECUTE format('REVOKE ${schema}_owner FROM %I', current_user);
    END IF;
  ELSIF (SELECT n.nspowner <> '${schema}_owner'::regrole FROM pg_namespace n WHERE n.nspname = '${schema}') THEN
    RAISE EXCEPTION 'schema ${schema} exists and is not owned by ${schema}_owner: use another schema name';
  END IF;

  SELECT r.* INTO v_login FROM pg_roles r WHERE r.rolname = '${login}';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'role % does not exist', '${login}'
      USING HINT = 'Create it first: CREATE ROLE … LOGIN NOINHERIT PASSWORD …';
  ELSIF v_login.rolsuper THEN
    RETURN;  -- may switch to any role as it is
  ELSIF v_version >= 160000 THEN
    EXECUTE format('GRANT ${schema}_owner, ${schema}_app, ${schema}_worker, ${schema}_index, ${schema}_admin TO %I'
      ' WITH INHERIT FALSE, SET TRUE', '${login}');
  ELSE
    IF v_login.rolinherit THEN
      SELECT string_agg(m.roleid::regrole::text, ', ') INTO v_others FROM pg_auth_members m
        WHERE m.member = v_login.oid AND left(m.roleid::regrole::text, length('${schema}_')) <> '${schema}_';
      IF v_others IS NOT NULL THEN
        RAISE EXCEPTION 'role % would lose what it inherits from %', '${login}', v_others
          USING HINT = 'Give the application a login role of its own: CREATE ROLE … LOGIN NOINHERIT PASSWORD …';
      END IF;
      EXECUTE format('ALTER ROLE %I NOINHERIT', '${login}');
    END IF;
    EXECUTE format('GRANT ${schema}_owner, ${schema}_app, ${schema}_worker, ${schema}_index, ${schema}_admin TO %I',
      '${login}');
  END IF;
END $croft$;
