package io.croft.pg;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.InvalidInputException;
import io.croft.Secret;
import io.croft.job.JobRetention;
import io.croft.pg.change.PgChangeFeed;
import io.croft.pg.content.PgBlobStore;
import io.croft.pg.content.PgContentStore;
import io.croft.pg.content.PgCrawlStore;
import io.croft.pg.content.PgInputStore;
import io.croft.pg.content.PgSitePace;
import io.croft.pg.content.PgSpendStore;
import io.croft.pg.notify.Announcer;
import io.croft.pg.notify.Channel;
import io.croft.pg.queue.JobSignals;
import io.croft.pg.queue.PgJobStore;
import io.croft.pg.tx.Schema;
import io.croft.pg.tx.Transactions;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.AuditStore;
import io.croft.spi.BlobStore;
import io.croft.spi.ChangeFeed;
import io.croft.spi.ContentStore;
import io.croft.spi.CrawlStore;
import io.croft.spi.FlagStore;
import io.croft.spi.InputStore;
import io.croft.spi.JobStore;
import io.croft.spi.OrgStore;
import io.croft.spi.RateStore;
import io.croft.spi.SecretStore;
import io.croft.spi.SitePace;
import io.croft.spi.SpendStore;
import io.croft.spi.Store;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The store on Postgres 15 or newer: one schema, by default {@code croft}, in a database that may hold the host's own
 * tables as well. Thread-safe.
 *
 * <p>The login that connects needs no rights of its own. It takes one of the schema's roles for the length of each
 * transaction; an organisation's transactions are held to its rows by row-level security. The roles are made by a
 * script that a privileged user runs once in the database, {@link #rolesSql}; a login that is a superuser, as in a
 * database for development, runs it by itself. The schema is migrated when a store is opened, unless
 * {@link Builder#withoutMigrations} says otherwise.
 *
 * <pre>{@code
 * PgStore store = PgStore.open(dataSource);
 * PgStore store = PgStore.builder("jdbc:postgresql://db.example.com/app", "app", Secret.of(password)).poolSize(20)
 *         .open();
 * }</pre>
 *
 * <p>A host's data source is used as it is and not closed. It should be a pool; three connections are the least, one
 * more with an index and one more with handlers, and one for each job that runs at the same time, and a few for calls,
 * are a good number. Its connections may be of any isolation level and auto-commit mode.
 *
 * <p>Processes tell each other of changes and of jobs by {@code NOTIFY}. A {@code Croft} with an index holds one more
 * connection to hear of changes, and one with handlers another one to hear of jobs, beside a pool of the store's own or
 * out of the host's data source, unless {@link Builder#withoutListening} says otherwise. Where that does not work, it
 * looks for them often.
 */
public final class PgStore implements Store {

    /** The default number of connections of a pool of the store's own. */
    public static final int DEFAULT_POOL_SIZE = 10;

    private final @Nullable HikariDataSource ownPool;
    private final Transactions transactions;
    private final Announcer announcer;
    private final Announcer jobAnnouncer;
    private final PgOrgStore orgs;
    private final PgJobStore jobs;
    private final PgContentStore content;
    private final PgChangeFeed changes;
    private final PgAnalyticsStore analytics;
    private final PgAuditStore audit;
    private final PgFlagStore flags;
    private final PgRateStore rates;
    private final PgInputStore inputs;
    private final PgCrawlStore crawls;
    private final PgSitePace sites;
    private final PgSpendStore spends;
    private final PgBlobStore blobs;
    private final PgSecretStore secrets;
    private final Expiry expiry;

    private PgStore(Transactions transactions, @Nullable HikariDataSource ownPool, Optional<DataSource> listening,
            JobRetention retention, Duration auditRetention) {
        this.transactions = transactions;
        this.ownPool = ownPool;
        this.announcer = Announcer.start(transactions, Channel.CHANGES);
        this.jobAnnouncer = Announcer.start(transactions, Channel.JOBS);
        this.orgs = new PgOrgStore(transactions, announcer);
        this.jobs = new PgJobStore(transactions, new JobSignals(transactions.schema(), jobAnnouncer, listening),
                retention);
        this.content = new PgContentStore(transactions, jobs, announcer);
        this.changes = new PgChangeFeed(transactions, announcer, listening);
        this.analytics = new PgAnalyticsStore(transactions);
        this.audit = new PgAuditStore(transactions, auditRetention);
        this.flags = new PgFlagStore(transactions);
        this.rates = new PgRateStore(transactions);
        this.inputs = new PgInputStore(transactions, jobs, announcer);
        this.crawls = new PgCrawlStore(transactions, jobs);
        this.sites = new PgSitePace(transactions);
        this.spends = new PgSpendStore(transactions);
        this.blobs = new PgBlobStore(transactions);
        this.secrets = new PgSecretStore(transactions);
        this.expiry = new Expiry(transactions, Expiry.RETENTION);
    }

    /**
     * Opens a store on a host's data source, with the default schema, and migrates it.
     *
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     * @throws io.croft.CroftException            if it is too old, the roles are missing, or organisations would not be
     *                                            kept apart; the message says what to do
     */
    public static PgStore open(DataSource source) {
        return builder(source).open();
    }

    /** Begins a store on a host's data source, which stays the host's to close. */
    public static Builder builder(DataSource source) {
        return new Builder(source, null);
    }

    /**
     * Begins a store with a pool of its own.
     *
     * @param jdbcUrl  as {@code jdbc:postgresql://host:port/database}; driver parameters may follow
     * @param user     the login role
     * @param password its password; an empty one if it needs none
     * @throws InvalidInputException if the URL is none of Postgres
     */
    public static Builder builder(String jdbcUrl, String user, Secret password) {
        try {
            new PGSimpleDataSource().setUrl(jdbcUrl);
        } catch (IllegalArgumentException e) {
            // The cause repeats the whole URL.
            throw new InvalidInputException("\"" + Address.of(jdbcUrl)
                    + "\" is no JDBC URL of Postgres: expected jdbc:postgresql://host:port/database");
        }
        return new Builder(null, new OwnPool(jdbcUrl, user, password));
    }

    /**
     * The script that makes the roles and the schema: to be run in the database once, by a superuser or by a role that
     * may create roles and schemas. It may be run again; it changes nothing then.
     *
     * @param schema    the schema, as given to the builder; {@code croft} by default
     * @param loginRole the existing role that the store will log in as. Before Postgres 16 it must be a role for Croft
     *                  alone, because it becomes NOINHERIT
     * @throws InvalidInputException if a name cannot be used
     */
    public static String rolesSql(String schema, String loginRole) {
        return Installation.rolesSql(new Schema(schema), checkedRole("login", loginRole));
    }

    /**
     * The statements that let a role of the host's own enqueue and complete jobs inside the host's transactions, with
     * {@link io.croft.job.JobQueue#in} and {@link io.croft.job.JobContext#completeIn}: to be run by a superuser or the
     * schema's owner once the schema has been migrated. Not needed by a role that switches to {@code croft_app} for its
     * transaction and sets {@code croft.org_id} to the organisation's id.
     *
     * <p>The grants trust that role: it may enqueue jobs for any organisation, learn the state and the result of a job
     * whose organisation and key it names, and complete any attempt whose organisation, job and fence it knows. It can
     * read none of Croft's tables. A transaction that sets {@code croft.org_id} is held to that organisation, by its
     * own will: the role may set it otherwise in the next one.
     *
     * @param schema   the schema, as given to the builder; {@code croft} by default
     * @param hostRole the existing role that the host's transactions run as
     * @throws InvalidInputException if a name cannot be used
     */
    public static String hostGrantsSql(String schema, String hostRole) {
        return Installation.hostGrantsSql(new Schema(schema), checkedRole("host", hostRole));
    }

    private static String checkedRole(String kind, String name) {
        if (!Builder.LOGIN_ROLE.matcher(name).matches()) {
            throw new InvalidInputException(kind + " role \"" + name.replaceAll("\\p{Cntrl}", "?")
                    + "\" cannot be used: 1 to 63 characters, without quotes, $ and control characters");
        }
        return name;
    }

    /** The way to its database. */
    Transactions transactions() {
        return transactions;
    }

    @Override
    public OrgStore orgs() {
        return orgs;
    }

    @Override
    public ContentStore content() {
        return content;
    }

    @Override
    public ChangeFeed changes() {
        return changes;
    }

    @Override
    public JobStore jobs() {
        return jobs;
    }

    @Override
    public AnalyticsStore analytics() {
        return analytics;
    }

    @Override
    public AuditStore audit() {
        return audit;
    }

    @Override
    public FlagStore flags() {
        return flags;
    }

    @Override
    public RateStore rates() {
        return rates;
    }

    @Override
    public InputStore inputs() {
        return inputs;
    }

    @Override
    public CrawlStore crawls() {
        return crawls;
    }

    @Override
    public SitePace sites() {
        return sites;
    }

    @Override
    public SpendStore spends() {
        return spends;
    }

    @Override
    public BlobStore blobs() {
        return blobs;
    }

    @Override
    public SecretStore secrets() {
        return secrets;
    }

    @Override
    public void expire() {
        expiry.run();
        audit.expire();
        rates.expire();
        jobs.expire();
    }

    /** Closes the store's own pool, if it has one; a host's data source stays open. Idempotent. */
    @Override
    public void close() {
        announcer.close();
        jobAnnouncer.close();
        if (ownPool != null) {
            ownPool.close();
        }
    }

    /** The settings of a store to open. Used by one thread. */
    public static final class Builder {

        private static final Pattern LOGIN_ROLE = Pattern.compile("[^\"'$\\\\\\p{Cntrl}]{1,63}");

        private final @Nullable DataSource given;
        private final @Nullable OwnPool own;
        private Schema schema = new Schema(Schema.DEFAULT_NAME);
        private boolean migrating = true;
        private boolean listening = true;
        private JobRetention retention = JobRetention.DEFAULT;
        private Duration auditRetention = PgAuditStore.DEFAULT_RETENTION;
        private int poolSize = DEFAULT_POOL_SIZE;

        private Builder(@Nullable DataSource given, @Nullable OwnPool own) {
            this.given = given;
            this.own = own;
        }

        /**
         * Sets the schema; by default {@code croft}. The roles are named after it.
         *
         * @param name 1 to 40 of a-z, 0-9 and _, beginning with a letter
         * @throws InvalidInputException if the name is another
         */
        public Builder schema(String name) {
            this.schema = new Schema(name);
            return this;
        }

        /**
         * Leaves the schema as it is: another store migrates it first. {@link #open} fails if a migration is missing.
         */
        public Builder withoutMigrations() {
            this.migrating = false;
            return this;
        }

        /**
         * Holds no connection to hear of what other processes write, and looks for it instead, as often as
         * {@code Croft}'s builder says. For databases behind a pooler that shares sessions by transaction, where
         * {@code LISTEN} does not work. Others are told of what is written through this store all the same.
         */
        public Builder withoutListening() {
            this.listening = false;
            return this;
        }

        /** How long finished jobs, their results and dead letters are kept; {@link JobRetention#DEFAULT} by default. */
        public Builder jobRetention(JobRetention retention) {
            this.retention = Objects.requireNonNull(retention, "retention");
            return this;
        }

        /**
         * How long entries of the audit log are kept; 400 days by default. All processes give the same.
         *
         * @param time 30 to 3,650 whole days
         * @throws InvalidInputException if it is another
         */
        public Builder auditRetention(Duration time) {
            if (!time.equals(Duration.ofDays(time.toDays())) || time.toDays() < 30 || time.toDays() > 3650) {
                throw new InvalidInputException("audit retention " + time + " is not 30 to 3650 whole days");
            }
            this.auditRetention = time;
            return this;
        }

        /**
         * Sets how many connections the store's own pool has at most; by default {@value PgStore#DEFAULT_POOL_SIZE}.
         * The one that listens for changes comes on top.
         *
         * @param connections 3 to 1,000
         * @throws InvalidInputException if out of range, or if the data source is the host's
         */
        public Builder poolSize(int connections) {
            if (own == null) {
                throw new InvalidInputException("the pool is the host's: set its size there");
            }
            if (connections < 3 || connections > 1000) {
                throw new InvalidInputException("pool size " + connections + " is outside 3 to 1000");
            }
            this.poolSize = connections;
            return this;
        }

        /**
         * What {@link #open} would execute to bring the schema up to date, read and not executed; without
         * {@link #withoutMigrations}, that is. Where there are no roles or no schema yet, the script that makes them is
         * first, which a superuser's login executes by itself and another one needs to have been executed for it. Reads
         * the catalogues and the schema's history, with one connection at a time, and changes nothing.
         *
         * @throws io.croft.StoreUnavailableException if the database cannot be reached
         * @throws io.croft.CroftException            if it is too old, or the login may not take the schema's roles
         */
        public MigrationPlan migrationPlan() {
            DataSource source = own == null ? Objects.requireNonNull(given) : own.driver();
            return new Installation(source, schema, own == null ? Address.of(source) : Address.of(own.jdbcUrl)).plan();
        }

        /**
         * Opens the store.
         *
         * @throws io.croft.StoreUnavailableException if the database cannot be reached
         * @throws io.croft.CroftException            if it is too old, the roles are missing, or organisations would
         *                                            not be kept apart; the message says what to do
         */
        public PgStore open() {
            return open(Optional.empty());
        }

        /** The same of one of several databases. */
        PgStore open(String name) {
            return open(Optional.of(name));
        }

        private PgStore open(Optional<String> name) {
            if (own == null) {
                DataSource source = Objects.requireNonNull(given);
                return open(source, Address.of(source), null, source, name);
            }
            HikariDataSource pool = own.open(poolSize);
            try {
                return open(pool, Address.of(own.jdbcUrl), pool, own.driver(), name);
            } catch (RuntimeException e) {
                pool.close();
                throw e;
            }
        }

        private PgStore open(DataSource source, String address, @Nullable HikariDataSource ownPool,
                DataSource forListening, Optional<String> name) {
            Installation installation = new Installation(source, schema, address);
            installation.prepareRoles();
            if (migrating) {
                Migrations.run(source, schema);
            } else {
                Migrations.requireDone(source, schema);
            }
            installation.check(new Transactions(source, schema));
            return new PgStore(new Transactions(source, schema, name), ownPool,
                    listening ? Optional.of(forListening) : Optional.empty(), retention, auditRetention);
        }
    }

    private static final class OwnPool {

        /** How long a call waits for a connection. */
        private static final Duration PATIENCE = Duration.ofSeconds(5);
        /** How long a connection may stay silent: longer than any statement. */
        private static final Duration SILENCE = Transactions.STATEMENT_TIMEOUT.plusSeconds(30);
        /**
         * The same on the server's side: it ends a transaction whose answer nobody takes, as where this process was
         * stopped or cut off while the answer to a claim was on its way, and finds out within a minute that it is idle
         * for nobody. A server that cannot tell its system so writes a line into its log and goes on.
         */
        private static final String UNREAD = "SELECT set_config('tcp_user_timeout', '" + SILENCE.toMillis()
                + "', false), set_config('tcp_keepalives_idle', '30', false),"
                + " set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)";

        private final String jdbcUrl;
        private final String user;
        private final Secret password;

        OwnPool(String jdbcUrl, String user, Secret password) {
            this.jdbcUrl = jdbcUrl;
            this.user = user;
            this.password = password;
        }

        HikariDataSource open(int size) {
            HikariConfig config = new HikariConfig();
            config.setPoolName("croft");
            config.setDataSource(driver());
            config.setMaximumPoolSize(size);
            config.setMinimumIdle(Math.min(size, 2));
            config.setConnectionTimeout(PATIENCE.toMillis());
            config.setInitializationFailTimeout(-1);
            if (!jdbcUrl.contains("options=")) {
                config.setConnectionInitSql(UNREAD);
            }
            return new HikariDataSource(config);
        }

        /** What the URL says itself is left as it is. */
        private PGSimpleDataSource driver() {
            PGSimpleDataSource driver = new PGSimpleDataSource();
            driver.setUrl(jdbcUrl);
            driver.setUser(user);
            driver.setPassword(password.reveal());
            driver.setLogServerErrorDetail(false);
            if (!jdbcUrl.contains("ApplicationName=")) {
                driver.setApplicationName("croft");
            }
            if (!jdbcUrl.contains("tcpKeepAlive=")) {
                driver.setTcpKeepAlive(true);
            }
            if (!jdbcUrl.contains("connectTimeout=")) {
                driver.setConnectTimeout((int) PATIENCE.toSeconds());
            }
            if (!jdbcUrl.contains("socketTimeout=")) {
                driver.setSocketTimeout((int) SILENCE.toSeconds());
            }
            return driver;
        }
    }
}
