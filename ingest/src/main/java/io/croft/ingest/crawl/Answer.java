package io.croft.ingest.crawl;

import io.croft.ingest.fetch.FetchException;
import io.croft.ingest.fetch.Fetched;
import java.util.Objects;

/** What came of asking for a page. */
sealed interface Answer {

    /**
     * The site answered.
     *
     * @param fetched what
     */
    record Given(Fetched fetched) implements Answer {

        public Given {
            Objects.requireNonNull(fetched, "fetched");
        }
    }

    /**
     * There was no answer.
     *
     * @param failure why
     */
    record None(FetchException failure) implements Answer {

        public None {
            Objects.requireNonNull(failure, "failure");
        }
    }
}
