package io.croft.ingest.crawl;

import java.time.Duration;
import java.util.Objects;

/** How far a crawl got. */
public sealed interface CrawlStep {

    /** The round is done. */
    record Done() implements CrawlStep {
    }

    /** It was told to stop, and goes on when it is called again. */
    record Stopped() implements CrawlStep {
    }

    /**
     * The site may never be asked by this fetcher: its address or port is none of those that are allowed. The round is
     * done.
     *
     * @param why what the fetcher said
     */
    record Refused(String why) implements CrawlStep {

        public Refused {
            Objects.requireNonNull(why, "why");
        }
    }

    /**
     * The site is not to be asked for a while.
     *
     * @param after how long: call again then
     * @param why   what the site said
     */
    record Later(Duration after, String why) implements CrawlStep {

        public Later {
            Objects.requireNonNull(after, "after");
            Objects.requireNonNull(why, "why");
        }
    }
}
