package io.croft.pg.audit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.pg.tx.Schema;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is audited.
 *
 * @param schema      the schema
 * @param logins      the roles that the application logs in as; empty: whoever may log in and take the tenants' role
 * @param hostRoles   the roles that were granted the enqueueing of jobs
 * @param hostTables  tenant tables of the host
 * @param definitions the bodies of each function, by its name, as the migrations define them
 */
public record Scope(Schema schema, Set<String> logins, Set<String> hostRoles, List<HostTable> hostTables,
        Map<String, List<String>> definitions) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The one parameter of every check. */
    String asJson(Expected expected) {
        ObjectNode root = JSON.createObjectNode();
        root.put("schema", schema.name());
        root.put("expected", expected.text());
        add(root.putArray("logins"), logins);
        add(root.putArray("hostRoles"), hostRoles);
        ArrayNode tables = root.putArray("tables");
        for (HostTable table : hostTables) {
            tables.addObject().put("table", table.table()).put("schema", table.schema()).put("name", table.name())
                    .put("org", table.orgColumn())
                    .put("setting", table.setting()).put("role", table.role());
        }
        ObjectNode bodies = root.putObject("bodies");
        definitions.forEach((name, texts) -> add(bodies.putArray(name), texts));
        return root.toString();
    }

    private static void add(ArrayNode array, Collection<String> texts) {
        texts.forEach(array::add);
    }

    /**
     * A tenant table of the host.
     *
     * @param table     its name with its schema, as SQL writes it
     * @param schema    its schema, as the catalogues write it
     * @param name      its name, as the catalogues write it
     * @param orgColumn the column that says whose a row is
     * @param setting   the setting that its policies compare the column with
     * @param role      the role that tenants' statements run as
     * @param seed      an INSERT of one row with one parameter, the organisation as text; empty: none is inserted
     */
    public record HostTable(String table, String schema, String name, String orgColumn, String setting,
            String role, String seed) {
    }
}
