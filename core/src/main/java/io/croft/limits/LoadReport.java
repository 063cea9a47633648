package io.croft.limits;

/**
 * What {@link LoadShedding} did lately, in one process: for a host's own metrics.
 *
 * @param load            which limit it is: {@code searches}, {@code database} or {@code exports}
 * @param limit           how many calls may be under way now
 * @param underWay        how many are
 * @param refusedOrgShare how many calls were refused since the report before because their organisation had too many
 * @param refusedOverload how many because all had
 */
public record LoadReport(String load, int limit, int underWay, long refusedOrgShare, long refusedOverload) {
}
