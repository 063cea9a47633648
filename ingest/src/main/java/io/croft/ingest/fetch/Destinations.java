package io.croft.ingest.fetch;

import io.croft.InvalidInputException;
import io.croft.ingest.fetch.FetchException.Reason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where connections may go. A name is looked up once, here, and the connection is made to an address of that answer:
 * whoever runs the name cannot answer with a public address for the check and with another one for the connection.
 * Thread-safe.
 */
final class Destinations {

    private static final Logger LOG = LoggerFactory.getLogger(Destinations.class);

    /** Lookups under way at once; they cannot be ended, so a slow server of names would gather them. */
    private static final int LOOKUPS = 64;

    private final HostResolver resolver;
    private final Set<Integer> ports;
    private final Set<String> allowed;
    private final Semaphore lookups = new Semaphore(LOOKUPS);

    /**
     * @param ports   the ports allowed for every public host
     * @param allowed hosts with their ports, as {@link #key} writes them, that are allowed whatever their addresses
     */
    Destinations(HostResolver resolver, Set<Integer> ports, Set<String> allowed) {
        this.resolver = resolver;
        this.ports = Set.copyOf(ports);
        this.allowed = Set.copyOf(allowed);
    }

    /**
     * How an allowed host is written down.
     *
     * @throws InvalidInputException if no host can be called that
     */
    static String key(String host, int port) {
        boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
        return HostName.parse(bare ? "[" + host + "]" : host).map(name -> key(name, port))
                .orElseThrow(() -> new InvalidInputException("the allowed host " + FetchException.shown(host)
                        + " is no name or address of a host: give it without scheme, port and path"));
    }

    /**
     * The addresses that a connection for this URL may go to, in the order in which to try them; at least one.
     *
     * @throws FetchException if the port or any address of the host is not allowed, or it has none
     */
    List<InetAddress> of(WebUrl url, Deadline deadline) {
        boolean trusted = allowed.contains(key(url.hostName(), url.port()));
        if (!trusted && !ports.contains(url.port())) {
            throw new FetchException(Reason.FORBIDDEN_PORT, "port " + url.port() + " of "
                    + FetchException.shown(url.host()) + " is not allowed: only " + ports.stream().sorted().toList()
                    + " are, and those that the operator allows");
        }
        InetAddress literal = url.hostName().address();
        List<InetAddress> addresses = literal == null ? lookUp(url.host(), deadline) : List.of(literal);
        for (InetAddress address : addresses) {
            Optional<String> special = trusted ? Optional.empty() : AddressTable.special(address);
            if (special.isPresent()) {
                // The message is for whoever chose the URL, and must not tell what a network holds.
                LOG.debug("host {} is not fetched from: it has an address that is {}", url.host(), special.get());
                throw new FetchException(Reason.FORBIDDEN_ADDRESS, "host " + FetchException.shown(url.host())
                        + " is not of the public internet: only public hosts are fetched from, and those that the"
                        + " operator allows");
            }
        }
        return addresses;
    }

    private List<InetAddress> lookUp(String host, Deadline deadline) {
        try {
            if (!lookups.tryAcquire(deadline.nanosLeft(), TimeUnit.NANOSECONDS)) {
                throw late(host, new TimeoutException(LOOKUPS + " lookups under way"));
            }
            FutureTask<List<InetAddress>> lookup = new FutureTask<>(() -> {
                try {
                    return resolver.resolve(host);
                } finally {
                    lookups.release();
                }
            });
            Thread.ofVirtual().name("croft-fetch-lookup").start(lookup);
            List<InetAddress> addresses = lookup.get(deadline.nanosLeft(), TimeUnit.NANOSECONDS);
            if (addresses.isEmpty()) {
                throw unknown(host, new UnknownHostException(host));
            }
            return addresses;
        } catch (ExecutionException e) {
            throw unknown(host, e);
        } catch (TimeoutException e) {
            throw late(host, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FetchException(Reason.INTERRUPTED, "interrupted while host " + FetchException.shown(host)
                    + " was looked up: fetch again", e);
        }
    }

    private static FetchException unknown(String host, Exception cause) {
        return new FetchException(Reason.UNKNOWN_HOST, "host " + FetchException.shown(host)
                + " has no address: correct the name, or try again later", cause);
    }

    private static FetchException late(String host, Exception cause) {
        return new FetchException(Reason.TIMEOUT, "host " + FetchException.shown(host)
                + " was not looked up in time: try again later", cause);
    }

    private static String key(HostName host, int port) {
        return host.text() + " " + port;
    }
}
