package io.croft;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.content.Listing;
import io.croft.job.JobResult;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.spi.Chunk;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.JobLease;
import io.croft.spi.Processors;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A publisher of a few listings with very many chunks that are alike, and everybody else. */
class CrowdTest {

    private static final int CHUNKS = 500;
    private static final int OTHERS = 40;

    private final FaultyIndex index = new FaultyIndex(new InMemoryChunkIndex.Disk());
    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(index).embedder(new LengthEmbedder())
            .handlers(lines()).start();
    private final TenantContext crowd = TenantContext.of(OrgId.named("crowd"), Actor.user("u-1", Role.ADMIN));
    private final TenantContext seller = TenantContext.of(OrgId.named("seller"), Actor.user("u-2", Role.ADMIN));
    private final List<Integer> asked = new CopyOnWriteArrayList<>();

    /** Five listings of so many chunks, each better by words and by meaning than what others publish. */
    @BeforeEach
    void publish() {
        croft.orgs().create(crowd);
        croft.orgs().create(seller);
        SearchQuery ofCrowd = SearchQuery.of("saddle").timeout(Duration.ofMinutes(1));
        SearchQuery ofSeller = ofCrowd;
        for (int i = 0; i < 5; i++) {
            ofCrowd = ofCrowd.after(croft.marketplace().publish(crowd,
                    Listing.of("crowd-" + i, String.join("\n", Collections.nCopies(CHUNKS, "saddle")))));
        }
        for (int i = 0; i < OTHERS; i++) {
            ofSeller = ofSeller.after(croft.marketplace().publish(seller,
                    Listing.of("other-" + i, "saddle" + " pony".repeat(i + 1))));
        }
        assertThat(croft.search().search(crowd, ofCrowd).incomplete()).isEmpty();
        assertThat(croft.search().search(seller, ofSeller).incomplete()).isEmpty();
        index.sessions = this::noting;
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    @ParameterizedTest
    @EnumSource
    void search_showsTheOthersToo_andAsksOnce(SearchMode mode) {
        SearchResults results = croft.search().search(seller,
                SearchQuery.of("saddle").mode(mode).limit(20).timeout(Duration.ofSeconds(20)));

        assertThat(results.hits()).hasSize(20);
        assertThat(results.hits()).filteredOn(hit -> hit.id().startsWith("other-")).hasSizeGreaterThanOrEqualTo(15);
        assertThat(asked).hasSize(1);
    }

    @Test
    void pages_showEveryDocumentOnce() {
        SearchQuery query = SearchQuery.of("saddle").limit(7).duplicates(SearchQuery.Duplicates.SHOWN)
                .timeout(Duration.ofSeconds(20));
        List<String> shown = new ArrayList<>();
        SearchResults page = croft.search().search(seller, query);
        page.hits().stream().map(Hit::id).forEach(shown::add);
        while (page.nextCursor().isPresent()) {
            page = croft.search().search(seller, query.cursor(page.nextCursor().get()));
            page.hits().stream().map(Hit::id).forEach(shown::add);
        }

        assertThat(shown).hasSize(5 + OTHERS).doesNotHaveDuplicates();
        assertThat(asked).isNotEmpty().allSatisfy(perLeg -> assertThat(perLeg).isLessThan(10_000));
    }

    /** The same session, whose questions are noted by how many candidates they want. */
    private IndexSession noting(IndexSession session) {
        return (IndexSession) Proxy.newProxyInstance(IndexSession.class.getClassLoader(),
                new Class<?>[]{IndexSession.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("candidates")) {
                        asked.add(((CandidateQuery) arguments[0]).perLeg());
                    }
                    try {
                        return method.invoke(session, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Makes a chunk of each line. */
    private static Processors lines() {
        return (content, embedder) -> Map.of(Processors.EMBED, job -> {
            JobLease lease = new JobLease(job.tenant().org(), job.id(), job.fence());
            content.pending(job.tenant().org(), job.payload()).ifPresent(pending -> {
                List<Chunk> chunks = new ArrayList<>();
                int at = 0;
                for (String line : pending.content().text().lines().toList()) {
                    chunks.add(new Chunk(chunks.size(), at, at + line.length(), line, embedder.embedQuery(line)));
                    at += line.length() + 1;
                }
                content.writeChunks(lease, pending, embedder.model().id(), chunks);
            });
            return JobResult.completed();
        });
    }
}
