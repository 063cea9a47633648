package io.croft.examples.quickstart;

import io.croft.Croft;
import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.content.WriteReceipt;
import io.croft.search.Source;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Shows how far the queue has come with what was written, until all of it is done. */
final class Ingestion {

    private static final long LINE_EVERY_NANOS = 1_000_000_000L;
    private static final int POLL_MILLIS = 50;

    private final Croft croft;
    private final PrintStream out;

    Ingestion(Croft croft, PrintStream out) {
        this.croft = croft;
        this.out = out;
    }

    /**
     * What one organisation wrote.
     *
     * @param who      the organisation
     * @param receipts of its writes
     */
    record Written(TenantContext who, List<WriteReceipt> receipts) {
    }

    void await(List<Written> written) throws InterruptedException {
        Deque<Waiting> waiting = new ArrayDeque<>();
        written.forEach(one -> one.receipts().forEach(receipt -> waiting.add(new Waiting(one.who(), receipt))));
        int all = waiting.size();
        long start = System.nanoTime();
        long lineAt = start + LINE_EVERY_NANOS;
        while (!waiting.isEmpty()) {
            if (isDone(waiting.getFirst())) {
                waiting.removeFirst();
            } else {
                Thread.sleep(POLL_MILLIS);
            }
            if (System.nanoTime() >= lineAt) {
                line(all - waiting.size(), all, start);
                lineAt += LINE_EVERY_NANOS;
            }
        }
        line(all, all, start);
    }

    private boolean isDone(Waiting one) {
        WriteReceipt receipt = one.receipt();
        Optional<ContentStatus> status = receipt.source() == Source.PRIVATE
                ? croft.documents().status(one.who(), receipt.id())
                : croft.marketplace().status(one.who(), receipt.id());
        return switch (status.orElseThrow().state()) {
            case QUEUED -> false;
            case READY, DELETED -> true;
            case FAILED -> throw new IllegalStateException("\"" + receipt.id() + "\" could not be made searchable: "
                    + status.orElseThrow().failure().orElse("no reason is known"));
        };
    }

    private void line(int done, int all, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        int width = 30;
        int full = width * done / all;
        out.printf(Locale.ROOT, "  [%s%s] %d of %d searchable, %.1f s%n", "#".repeat(full), ".".repeat(width - full),
                done, all, seconds);
    }

    private record Waiting(TenantContext who, WriteReceipt receipt) {
    }
}
