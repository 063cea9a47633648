package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.tenancy.HygieneCycle.Expected;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Organisations with the same ids of documents and one document more that only one of them has, and what each of them
 * must see. It is known from how they were made; nothing of it is asked of the database. Immutable.
 */
final class HygieneTenants {

    /** Of the jobs of documents; nobody works on them. */
    static final JobKind KIND = JobKind.of("hygiene.document", "hygiene");

    private final List<Tenant> tenants;

    private HygieneTenants(List<Tenant> tenants) {
        this.tenants = List.copyOf(tenants);
    }

    /**
     * Makes them, or begins anew with those that are there.
     *
     * @param count     how many organisations
     * @param documents how many documents each has beside its only one, up to 100
     */
    static HygieneTenants moveIn(Store store, int count, int documents) {
        store.jobs().registerQueue(KIND.queue());
        List<Tenant> tenants = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = name(i);
            TenantContext context = TenantContext.of(id(i), Actor.service("hygiene"));
            store.orgs().create(context);
            List<String> ids = new ArrayList<>();
            for (int d = 0; d < documents; d++) {
                ids.add(document(d));
            }
            ids.add(only(name));
            List<Stored> stored = store.content().put(context.org(), Source.PRIVATE,
                    ids.stream().map(id -> content(name, id, 0)).toList(), KIND);
            tenants.add(Tenant.of(name, context.org(), ids, stored.getFirst().job().orElseThrow()));
        }
        return new HygieneTenants(tenants);
    }

    int size() {
        return tenants.size();
    }

    Tenant get(int number) {
        return tenants.get(number);
    }

    /** Not this one. */
    Tenant other(int number) {
        return tenants.get((number + 1) % tenants.size());
    }

    /** The id of an organisation. */
    static OrgId id(int number) {
        return OrgId.named(name(number));
    }

    private static String name(int number) {
        return String.format(Locale.ROOT, "hygienic-%03d", number);
    }

    /** The id of a document that each organisation has. */
    static String document(int number) {
        return String.format(Locale.ROOT, "doc-%02d", number);
    }

    private static String only(String name) {
        return "only-" + name;
    }

    private static String title(String name) {
        return "of-" + name;
    }

    private static String text(String name, int write) {
        return "text " + write + " of " + name;
    }

    private static Content content(String name, String id, int write) {
        return new Content(id, title(name), text(name, write), Map.of());
    }

    /**
     * An organisation.
     *
     * @param name     its name
     * @param id       its id
     * @param ids      those of its documents
     * @param job      of its first document
     * @param asTenant what must be seen in its own calls
     * @param asAdmin  what must be seen by who administers it
     * @param asHost   what must be seen in a host's transaction for it
     */
    record Tenant(String name, OrgId id, List<String> ids, JobId job, Expected asTenant, Expected asAdmin,
            Expected asHost) {

        Tenant {
            ids = List.copyOf(ids);
        }

        private static Tenant of(String name, OrgId id, List<String> ids, JobId job) {
            String documents = ids.stream().map(one -> id + " " + one + " " + HygieneTenants.title(name))
                    .collect(Collectors.joining("|"));
            String bare = ids.stream().map(one -> id + " " + one).collect(Collectors.joining("|"));
            return new Tenant(name, id, ids, job, Expected.tenant(id.toString(), documents),
                    Expected.admin(id.toString(), bare), Expected.host(id.toString(), documents));
        }

        String idText() {
            return id.toString();
        }

        /** The id of the document that nobody else has. */
        String only() {
            return HygieneTenants.only(name);
        }

        String title() {
            return HygieneTenants.title(name);
        }

        /** What a document of it says after so many writes by its thread. */
        String text(int write) {
            return HygieneTenants.text(name, write);
        }

        Content content(String document, int write) {
            return HygieneTenants.content(name, document, write);
        }
    }
}
