package io.croft.spi;

import io.croft.ErasureReceipt;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What stores write down of the lives of organisations: the same in all of them. */
public final class OrgNotes {

    private OrgNotes() {
    }

    /** The beginning of a life. */
    public static AuditNote created(Acting by, OrgId org) {
        return by.note(org, "orgs.create", "", Map.of(), life(by));
    }

    /** It may have as much as this from now on; unlimited is what has no value. */
    public static AuditNote limited(Acting by, OrgId org, OrgQuotas before, OrgQuotas after) {
        return by.note(org, "orgs.setQuotas", "", values(before), values(after));
    }

    private static Map<String, String> values(OrgQuotas quotas) {
        Map<String, String> values = new TreeMap<>();
        quotas.limits().forEach(
                (resource, limit) -> values.put(resource.name().toLowerCase(Locale.ROOT), Long.toString(limit)));
        return values;
    }

    /** It was taken out of service. */
    public static AuditNote suspended(Acting by, OrgId org) {
        return by.note(org, "orgs.suspend", "", Map.of(), Map.of());
    }

    /** It was taken into service again. */
    public static AuditNote resumed(Acting by, OrgId org) {
        return by.note(org, "orgs.resume", "", Map.of(), Map.of());
    }

    /** The beginning of an erasure. */
    public static AuditNote erasing(Acting by, OrgId org) {
        return by.note(org, "orgs.erase", "", life(by), Map.of());
    }

    /** The end of an erasure, and of the life. */
    public static AuditNote erased(Acting by, OrgId org, ErasureReceipt.Rows removed) {
        Map<String, String> after = new TreeMap<>();
        after.put("documents", Long.toString(removed.documents()));
        after.put("listings", Long.toString(removed.listings()));
        after.put("chunks", Long.toString(removed.chunks()));
        after.put("changes", Long.toString(removed.changes()));
        after.put("jobs", Long.toString(removed.jobs()));
        after.put("analytics", Long.toString(removed.analytics()));
        after.put("quotas", Long.toString(removed.quotas()));
        after.put("blobs", Long.toString(removed.blobs()));
        return by.note(org, "orgs.erased", "", life(by), after);
    }

    private static Map<String, String> life(Acting by) {
        return by.incarnation().<Map<String, String>>map(life -> Map.of("incarnation", life.toString()))
                .orElse(Map.of());
    }
}
