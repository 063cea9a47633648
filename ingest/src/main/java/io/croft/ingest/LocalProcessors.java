package io.croft.ingest;

import io.croft.content.Embedder;
import io.croft.ingest.crawl.Crawler;
import io.croft.ingest.extract.Extractor;
import io.croft.ingest.fetch.Fetcher;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.spi.ContentStore;
import io.croft.spi.Processors;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Handlers that work in this process, and in those that they start. Thread-safe. */
final class LocalProcessors implements Processors {

    /** How long a crawl goes on before others have their turn: for robots.txt and a page of the slowest site. */
    private static final Duration CRAWL_SLICE = Duration.ofMinutes(15);

    private final OpenedOnce<Extractor> reader;
    private final OpenedOnce<Extractor> recogniser;
    private final OpenedOnce<Fetcher> fetcher;
    private final OptionalLong dailyTokens;

    LocalProcessors(Extractor.Builder extractor, Fetcher.Builder fetcher, OptionalLong dailyTokens) {
        this.reader = new OpenedOnce<>(extractor::open, Extractor::close);
        this.recogniser = new OpenedOnce<>(extractor::open, Extractor::close);
        this.dailyTokens = dailyTokens;
        this.fetcher = new OpenedOnce<>(fetcher::build, Fetcher::close);
    }

    @Override
    public Map<JobKind, JobHandler> handlers(ContentStore content, Embedder embedder) {
        return Map.of(EMBED, new EmbedHandler(content, embedder, new KnownVectors(content, Optional.empty()),
                TokenBudget.UNLIMITED));
    }

    @Override
    public Map<JobKind, JobHandler> handlers(Parts parts) {
        OpenedOnce<Crawler> crawler = new OpenedOnce<>(
                () -> new Crawler(fetcher.get(), parts.crawls(), parts.sites(), fetcher.get().userAgent()), one -> {
                });
        TokenBudget budget = dailyTokens.isPresent()
                ? TokenBudget.daily(parts.spends(), dailyTokens.getAsLong())
                : TokenBudget.UNLIMITED;
        return Map.of(
                EMBED, new EmbedHandler(parts.content(), parts.embedder(),
                        new KnownVectors(parts.content(), Optional.of(parts.orgs())), budget),
                EXTRACT, new ExtractHandler(new FileReading(parts, reader)),
                OCR, new OcrHandler(new FileReading(parts, recogniser)),
                CRAWL, new CrawlHandler(parts, crawler::get, CRAWL_SLICE),
                SWEEP, new SweepHandler(parts),
                REEMBED, new ReembedHandler(parts));
    }

    @Override
    public void close() {
        try {
            fetcher.close();
        } finally {
            try {
                recogniser.close();
            } finally {
                reader.close();
            }
        }
    }
}
