package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.EmbeddingModel;
import io.croft.content.Listing;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From one embedding model to another one. */
class ReembedTest {

    private static final int DOCUMENTS = 30;

    private final InMemoryStore store = new InMemoryStore();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    /** The words' vectors under a name. */
    private static final class Named extends WordEmbedder {

        private final String id;

        Named(String id) {
            super(40);
            this.id = id;
        }

        @Override
        public EmbeddingModel model() {
            return new EmbeddingModel(id, 2, 0.1);
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            return texts.stream().map(WordEmbedder::vector).toList();
        }
    }

    private Croft start(String model) {
        return Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(new Named(model))
                .handlers(Ingest.handlers()).start();
    }

    private List<String> found(Croft croft, String word, SearchMode mode) {
        return croft.search().search(acme, SearchQuery.of(word).mode(mode).limit(5)).hits().stream().map(Hit::id)
                .toList();
    }

    @Test
    void reembed_waitsWhereNoMoreJobsMayWait() throws Exception {
        try (Croft croft = start("one")) {
            croft.orgs().create(acme);
            for (int i = 0; i < DOCUMENTS; i++) {
                croft.ingest().document(acme, Document.text("d" + i, "Saddle number" + i));
            }
            Await.until("all is indexed", () -> croft.ingest().counts(acme, Source.PRIVATE).indexed() == DOCUMENTS);
        }
        try (Croft croft = start("two")) {
            croft.orgs().setQuotas(TenantContext.of(acme.org(), Actor.superAdmin("ops")),
                    OrgQuotas.UNLIMITED.with(Resource.QUEUED_JOBS, DOCUMENTS / 3));

            croft.ingest().reembed(acme, Source.PRIVATE);

            Await.until("all is embedded again", () -> croft.ingest().outdated(acme, Source.PRIVATE) == 0);
        }
    }

    @Test
    void reembed_bringsAllToTheNewModelAndBack() throws Exception {
        try (Croft croft = start("one")) {
            croft.orgs().create(acme);
            for (int i = 0; i < DOCUMENTS; i++) {
                croft.ingest().document(acme, Document.text("d" + i, "Saddle number" + i));
            }
            croft.ingest().listing(acme, Listing.of("l", "Saddle for sale"));
            Await.until("all is indexed", () -> croft.ingest().counts(acme, Source.PRIVATE).indexed() == DOCUMENTS
                    && croft.ingest().counts(acme, Source.MARKETPLACE).indexed() == 1);
            assertThat(croft.ingest().outdated(acme, Source.PRIVATE)).isZero();
        }
        for (String model : List.of("two", "one")) {
            try (Croft croft = start(model)) {
                assertThat(croft.ingest().outdated(acme, Source.PRIVATE)).isEqualTo(DOCUMENTS);
                Await.until("it is found by its words", () -> found(croft, "number7", SearchMode.TEXT)
                        .equals(List.of("d7")));

                croft.ingest().reembed(acme, Source.PRIVATE);

                Await.until("all is embedded again", () -> croft.ingest().outdated(acme, Source.PRIVATE) == 0);
                Await.until("it is found by meaning", () -> found(croft, "Saddle number7", SearchMode.VECTOR)
                        .contains("d7"));
                assertThat(croft.ingest().outdated(acme, Source.MARKETPLACE)).as("listings are asked for apart")
                        .isEqualTo(model.equals("two") ? 1 : 0);
                assertThat(croft.ingest().status(acme, Source.PRIVATE, "d7").orElseThrow().revision()).isEqualTo(1);
            }
        }
    }
}
