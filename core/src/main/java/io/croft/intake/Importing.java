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
    private long written;
    private long unchanged;
    private long refused;

    Importing(Ingestion ingestion, TenantContext context) {
        this.ingestion = ingestion;
        this.context = context;
    }

    ImportReport run(Iterator<Imported> items) {
        long read = 0;
        try {
            while (hasNext(items)) {
                read++;
                try {
                    if (take(items.next()).unchanged()) {
                        unchanged++;
                    } else {
                        written++;
                    }
                } catch (InvalidInputException | NotPermittedException e) {
                    refuse(read, e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it ends early
        }
        return new ImportReport(read, written, unchanged, refused, problems);
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

    private void refuse(long item, CroftException e) {
        refused++;
        if (problems.size() < ImportReport.MAX_PROBLEMS) {
            problems.add("item " + item + ": " + e.getMessage());
        }
    }

    private static boolean hasNext(Iterator<Imported> items) {
        return !Thread.currentThread().isInterrupted() && items.hasNext();
    }
}
