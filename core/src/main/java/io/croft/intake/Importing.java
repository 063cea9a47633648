package io.croft.intake;

import io.croft.CallRefusedException;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.TenantContext;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Goes through what is brought, item by item. Used by one thread. */
final class Importing {

    private final Ingestion ingestion;
    private final TenantContext context;
    private final List<String> problems = new ArrayList<>();
    private long read;
    private long written;
    private long unchanged;
    private long refused;

    Importing(Ingestion ingestion, TenantContext context) {
        this.ingestion = ingestion;
        this.context = context;
    }

    ImportReport run(Iterator<Imported> items) {
        boolean ended = false;
        try {
            while (!ended && !Thread.currentThread().isInterrupted()) {
                if (items.hasNext()) {
                    takeNext(items);
                } else {
                    ended = true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it ends early
        }
        return new ImportReport(read, written, unchanged, refused, problems, ended);
    }

    private void takeNext(Iterator<Imported> items) throws InterruptedException {
        read++;
        try {
            if (take(items.next()).unchanged()) {
                unchanged++;
            } else {
                written++;
            }
        } catch (InvalidInputException | NotPermittedException e) {
            refuse(e);
        }
    }

    /** Where there are too many calls, an import takes its time. */
    private IngestReceipt take(Imported item) throws InterruptedException {
        while (true) {
            try {
                return ingestion.imported(context, item);
            } catch (CallRefusedException e) {
                Thread.sleep(e.retryAfter());
            }
        }
    }

    private void refuse(CroftException e) {
        refused++;
        if (problems.size() < ImportReport.MAX_PROBLEMS) {
            problems.add("item " + read + ": " + e.getMessage());
        }
    }
}
