package io.croft;

import io.croft.analytics.TextRetention;
import io.croft.audit.AuditFilter;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.flags.FlagSetting;
import io.croft.intake.Crawl;
import io.croft.intake.Imported;
import io.croft.intake.IngestReceipt;
import io.croft.intake.IngestStatus;
import io.croft.intake.Upload;
import io.croft.job.DeadLetterFilter;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobListener;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.search.Hit;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Source;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** Makes arguments that calls accept, by the types of their parameters. */
final class CallArguments {

    private static final JobRequest JOB = JobRequest.of(JobKind.of("kind", "thing"), "{}");
    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");

    private final Map<String, IntFunction<Object>> byType = new HashMap<>();

    /**
     * Arguments for calls of these.
     *
     * @param contexts the first context that a call takes, the second, …
     * @param operator who calls what is for all organisations
     * @param results  an answer with a hit
     */
    CallArguments(List<TenantContext> contexts, Actor operator, SearchResults results) {
        byType.put(TenantContext.class.getTypeName(), contexts::get);
        put(Actor.class, operator);
        put(OrgId.class, contexts.getFirst().org());
        put(String.class, "thing");
        put(int.class, 1);
        put(UUID.class, new UUID(7, 7));
        put(Duration.class, Duration.ofMillis(1));
        byType.put(Instant.class.getTypeName(), THEN::plusSeconds);
        put(Connection.class, Proxy.newProxyInstance(CallArguments.class.getClassLoader(),
                new Class<?>[]{Connection.class}, (proxy, method, arguments) -> null));
        put(Document.class, Document.text("thing", "a thing"));
        put(Listing.class, Listing.of("thing", "a thing"));
        put(Upload.class, Upload.document("thing", "thing.txt"));
        put(Crawl.class, Crawl.documents("thing", "https://example.com/"));
        put(Imported.class, Imported.text(Source.PRIVATE, "thing", "a thing"));
        byType.put("java.util.Iterator<" + Imported.class.getTypeName() + ">",
                nth -> List.of(Imported.text(Source.PRIVATE, "thing", "a thing")).iterator());
        put(InputStream.class, InputStream.nullInputStream());
        put(IngestReceipt.class, new IngestReceipt(new WriteReceipt(contexts.getFirst().org(), new UUID(7, 7),
                Source.PRIVATE, "thing", 1, false, Optional.empty()), false));
        byType.put("java.util.function.Consumer<" + IngestStatus.class.getTypeName() + ">", nth -> {
            Consumer<IngestStatus> nobody = status -> {
            };
            return nobody;
        });
        put(SearchQuery.class, SearchQuery.of("thing"));
        put(SearchResults.class, results);
        put(Hit.class, results.hits().getFirst());
        put(Source.class, Source.PRIVATE);
        put(TextRetention.class, TextRetention.KEEP);
        put(OutputStream.class, OutputStream.nullOutputStream());
        put(AuditFilter.class, AuditFilter.ALL);
        put(FlagSetting.class, FlagSetting.OFF);
        put(OrgQuotas.class, OrgQuotas.UNLIMITED);
        put(JobId.class, new JobId(7));
        put(JobRequest.class, JOB);
        put(JobFlow.class, JobFlow.of("thing", JOB));
        put(JobSchedule.class, JobSchedule.every(Duration.ofHours(1)));
        put(JobState.class, JobState.READY);
        put(JobFilter.class, JobFilter.ALL);
        put(DeadLetterFilter.class, DeadLetterFilter.ALL);
        put(LaneLimits.class, LaneLimits.DEFAULT);
        put(QueueLimits.class, QueueLimits.DEFAULT);
        put(JobListener.class, new JobListener() {
            @Override
            public void changed(JobStatus status) {
                // nobody listens
            }

            @Override
            public void gone() {
                // nobody listens
            }
        });
        for (Class<?> one : List.of(Document.class, Listing.class, JobRequest.class, JobId.class)) {
            byType.put("java.util.List<" + one.getTypeName() + ">", nth -> List.of(byType(one)));
        }
        for (Class<?> one : List.of(JobId.class, String.class, OrgId.class)) {
            byType.put("java.util.Optional<" + one.getTypeName() + ">", nth -> Optional.empty());
        }
    }

    private Object byType(Class<?> type) {
        return Objects.requireNonNull(byType.get(type.getTypeName()), type.getName()).apply(0);
    }

    private void put(Class<?> type, Object value) {
        byType.put(type.getTypeName(), nth -> value);
    }

    /** Arguments for a call of this method. */
    Object[] of(Method method) {
        Type[] types = method.getGenericParameterTypes();
        Object[] arguments = new Object[types.length];
        Map<Type, Integer> seen = new HashMap<>();
        for (int i = 0; i < types.length; i++) {
            IntFunction<Object> made = byType.get(types[i].getTypeName());
            if (made == null) {
                throw new AssertionError(PublicApi.name(method) + " takes " + types[i].getTypeName()
                        + ", of which none can be made yet: add one here");
            }
            arguments[i] = made.apply(seen.merge(types[i], 1, Integer::sum) - 1);
        }
        return arguments;
    }
}
