package io.croft.pg.content;

import io.croft.CroftException;
import io.croft.NotPermittedException;
import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.pg.queue.PgJobStore;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.Sight;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Stores new revisions together with their jobs: three round trips for as many as fit into one message. */
final class ContentPut {

    private static final int MAX_ITEMS = 1000;
    /** How much text goes into one statement, in chars; one item may be more. */
    private static final int MAX_STATEMENT_CHARS = 8 * 1024 * 1024;

    private final Transactions transactions;
    private final PgJobStore jobs;

    ContentPut(Transactions transactions, PgJobStore jobs) {
        this.transactions = transactions;
        this.jobs = jobs;
    }

    List<Stored> put(OrgId org, Source source, List<Content> items, JobKind kind, Sight sight) {
        Refusals.requireBatch("items", items.size(), MAX_ITEMS);
        // By id, so that two calls lock the same rows in the same order.
        Map<String, Write> writes = new TreeMap<>();
        for (Content item : items) {
            writes.merge(item.id(), new Write(item, 1), (first, next) -> new Write(next.item(), first.times() + 1));
        }
        ContentSql sql = ContentSql.of(source);
        return transactions.run(Access.tenant(org), tx -> {
            Map<String, Long> newest = new HashMap<>();
            OrgUsage usage = new OrgUsage(source, 0, 0, 0);
            for (List<Write> slice : slices(writes)) {
                usage = usage.plus(putSlice(tx, sql, org, slice, newest, source, sight));
            }
            Narrowing.narrow(tx, org, source, writes.values().stream().map(Write::item).toList());
            List<Json.Revision> revisions = revisions(source, items, writes, newest);
            List<JobRequest> requests = revisions.stream().map(r -> JobRequest.of(kind, Json.write(r))).toList();
            List<JobReceipt> receipts = jobs.enqueueIn(tx, org, requests);
            tx.updateAndCommit(setJobs(sql, org, revisions, receipts), usage.adding(org));
            List<Stored> stored = new ArrayList<>();
            for (int i = 0; i < items.size(); i++) {
                stored.add(new Stored(revisions.get(i).id(), revisions.get(i).revision(),
                        Optional.of(receipts.get(i).id())));
            }
            return stored;
        });
    }

    private static List<List<Write>> slices(Map<String, Write> writes) {
        List<List<Write>> slices = new ArrayList<>();
        List<Write> slice = new ArrayList<>();
        long chars = 0;
        for (Write write : writes.values()) {
            long more = write.chars();
            if (!slice.isEmpty() && chars + more > MAX_STATEMENT_CHARS) {
                slices.add(slice);
                slice = new ArrayList<>();
                chars = 0;
            }
            slice.add(write);
            chars += more;
        }
        slices.add(slice);
        return slices;
    }

    /** Puts one, notes the revisions, and says how much came. */
    private static OrgUsage putSlice(Tx tx, ContentSql sql, OrgId org, List<Write> slice, Map<String, Long> revisions,
            Source source, Sight sight) throws SQLException {
        OrgUsage came = tx.query(sql.put, p -> p.array("text", slice, write -> write.item().id())
                .array("int4", slice, Write::times)
                .array("text", slice, write -> write.item().title())
                .array("text", slice, write -> write.item().text())
                .array("text", slice, write -> Json.write(write.item().fields()))
                .array("text", slice, write -> Groups.write(write.item().groups()))
                .org(org)
                .textsOrNull(Groups.of(sight)), rows -> {
                    long items = 0;
                    long bytes = 0;
                    while (rows.next()) {
                        revisions.put(rows.getString("id"), rows.getLong("revision"));
                        items += rows.getBoolean("is_new") ? 1 : 0;
                        bytes += rows.getLong("grown");
                    }
                    return new OrgUsage(source, items, 0, bytes);
                });
        for (Write write : slice) {
            if (!revisions.containsKey(write.item().id())) {
                throw refused(tx, org, write.item().id());
            }
        }
        return came;
    }

    /** Nothing is stored of an organisation that does not take documents, nor over what is not seen. */
    static CroftException refused(Tx tx, OrgId org, String id) throws SQLException {
        return tx.query(ContentSql.IS_ACTIVE, p -> p.org(org), Rows.any())
                ? new NotPermittedException("document \"" + id + "\" is there already, for groups that its writer is in"
                        + " none of: use another id, or let an admin or a service write it")
                : Refusals.unknown(org);
    }

    /** The revision of each item: of several with one id, the last one has the newest. */
    private static List<Json.Revision> revisions(Source source, List<Content> items, Map<String, Write> writes,
            Map<String, Long> newest) {
        Map<String, Integer> seen = new HashMap<>();
        List<Json.Revision> revisions = new ArrayList<>();
        for (Content item : items) {
            int nth = seen.merge(item.id(), 1, Integer::sum);
            long last = Objects.requireNonNull(newest.get(item.id()));
            int times = Objects.requireNonNull(writes.get(item.id())).times();
            revisions.add(new Json.Revision(source, item.id(), last - times + nth));
        }
        return revisions;
    }

    /** Notes the job of each revision. */
    static Tx.Step setJobs(ContentSql sql, OrgId org, List<Json.Revision> revisions, List<JobReceipt> receipts) {
        Map<String, JobId> jobs = new TreeMap<>();
        for (int i = 0; i < revisions.size(); i++) {
            jobs.put(revisions.get(i).id(), receipts.get(i).id());
        }
        List<Map.Entry<String, JobId>> entries = List.copyOf(jobs.entrySet());
        return new Tx.Step(sql.setJobs, p -> p.array("text", entries, Map.Entry::getKey)
                .array("int8", entries, entry -> entry.getValue().value())
                .org(org));
    }

    /**
     * What becomes of one id.
     *
     * @param item  the last of the items with it
     * @param times how many there are: each is a revision
     */
    private record Write(Content item, int times) {

        long chars() {
            long chars = item.id().length() + item.title().length() + (long) item.text().length();
            for (Map.Entry<String, String> field : item.fields().entrySet()) {
                chars += field.getKey().length() + field.getValue().length();
            }
            return chars;
        }
    }
}
