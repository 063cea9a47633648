package io.croft.pg;

import io.croft.InvalidInputException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tenant table of the host's own, for {@link RlsAudit} to audit beside Croft's. Immutable.
 *
 * @param table     its name with its schema, as SQL writes it: {@code shop.orders}
 * @param orgColumn the column that says whose a row is
 * @param setting   the setting that its policies compare that column with, as {@code app.tenant}
 * @param role      the role that tenants' statements run as
 * @param row       an INSERT of one row, executed as that role with the setting set; its one parameter is the
 *                  organisation, as text: {@code INSERT INTO shop.orders (tenant, id) VALUES (CAST(? AS uuid), 7)}.
 *                  Without one the probe looks at the table and writes nothing to it
 */
public record TenantTable(String table, String orgColumn, String setting, String role, Optional<String> row) {

    private static final String NAME = "([a-z_][a-z0-9_$]*|\"(?:[^\"]|\"\")+\")";
    private static final Pattern QUALIFIED = Pattern.compile(NAME + "\\." + NAME);
    private static final Pattern SETTING = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*(\\.[a-zA-Z_][a-zA-Z0-9_]*)+");

    /** @throws InvalidInputException if a name is blank, the table has no schema, or the setting has no dot */
    public TenantTable {
        if (!QUALIFIED.matcher(table).matches()) {
            throw new InvalidInputException(
                    "table \"" + table + "\" cannot be audited: write schema.table, in lower case or in double quotes");
        }
        if (!SETTING.matcher(setting).matches()) {
            throw new InvalidInputException(
                    "setting \"" + setting + "\" is none of an application's: write prefix.name");
        }
        if (orgColumn.isBlank() || role.isBlank()) {
            throw new InvalidInputException("table " + table + " needs the column of the organisation and the role of "
                    + "its tenants");
        }
    }

    /** A table that the probe only looks at. */
    public static TenantTable of(String table, String orgColumn, String setting, String role) {
        return new TenantTable(table, orgColumn, setting, role, Optional.empty());
    }

    /** Its schema, as the catalogues write it. */
    String schemaName() {
        return part(1);
    }

    /** Its name without the schema, as the catalogues write it. */
    String tableName() {
        return part(2);
    }

    private String part(int number) {
        Matcher parts = QUALIFIED.matcher(table);
        if (!parts.matches()) {
            throw new IllegalStateException(table + " was checked before");
        }
        String written = parts.group(number);
        return written.startsWith("\"") ? written.substring(1, written.length() - 1).replace("\"\"", "\"") : written;
    }

    /** The same, with an INSERT that gives the probe rows of two organisations to reach for. */
    public TenantTable withRow(String insert) {
        return new TenantTable(table, orgColumn, setting, role, Optional.of(insert));
    }
}
