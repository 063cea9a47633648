package io.croft;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.content.Document;
import io.croft.content.WriteReceipt;
import io.croft.search.Hit;
import io.croft.search.Reranker;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A reranker, whose scores are on a scale of their own, together with diversity. */
class RerankedDiversityTest {

    private static final int TOP = 30;
    private static final SearchQuery QUERY = SearchQuery.of("horse").mode(SearchMode.TEXT).limit(20).diversity(0.4)
            .timeout(Duration.ofSeconds(20));
    private static final TenantContext ACME = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    @Test
    void page_holdsRerankedHitsAlone() {
        List<Hit> hits = search(request -> IntStream.range(0, request.passages().size())
                .mapToObj(i -> -1.0 - i).toList());

        assertThat(hits).hasSize(20).allSatisfy(hit -> assertThat(hit.score().parts()).extracting(Score.Part::name)
                .containsExactly("reranker"));
        assertThat(hits.getFirst().score().value()).isEqualTo(-1.0);
    }

    @Test
    void page_isFullWhateverTheScores() {
        List<Hit> hits = search(request -> IntStream.range(0, request.passages().size())
                .mapToObj(i -> i % 2 == 0 ? 1.7e308 : -1.7e308).toList());

        assertThat(hits).hasSize(20);
        assertThat(hits.getFirst().score().value()).isEqualTo(1.7e308);
    }

    private static List<Hit> search(Reranker reranker) {
        try (Croft croft = Croft.builder().store(new InMemoryStore())
                .index(new InMemoryChunkIndex(new InMemoryChunkIndex.Disk())).embedder(new LengthEmbedder())
                .handlers(new WholeTexts()).reranker(reranker).rerankTop(TOP)
                .rerankTimeout(Duration.ofSeconds(10)).start()) {
            croft.orgs().create(ACME);
            List<WriteReceipt> receipts = croft.documents().putAll(ACME, IntStream.range(0, 90)
                    .mapToObj(i -> Document.text("d-" + i, "horse" + " hoof".repeat(i))).toList());
            SearchQuery query = QUERY;
            for (WriteReceipt receipt : receipts) {
                query = query.after(receipt);
            }
            SearchResults results = croft.search().search(ACME, query);
            assertThat(results.reranking()).isEqualTo(SearchResults.Reranking.DONE);
            return results.hits();
        }
    }
}
