package io.croft.benchmarks.run;

import io.croft.Croft;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.content.Embedder;
import io.croft.ingest.Ingest;
import io.croft.lucene.LuceneIndex;

/** The whole product, as a host would start it. */
public final class Product {

    private Product() {
    }

    /** Starts it on this database and in this folder; the caller closes it. */
    public static Croft start(Database database, TempFolder folder, Embedder embedder) {
        return Croft.builder().store(database.store()).index(LuceneIndex.at(folder.at("index"))).embedder(embedder)
                .handlers(Ingest.handlers()).start();
    }
}
