package io.croft.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.ingest.fetch.FetchException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server of https hears, and when it is not believed. */
class TlsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    private static Path folder;

    private static SSLContext keys;

    @BeforeAll
    static void makeKeys() throws Exception {
        Path store = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=site.example", "-ext",
                "SAN=dns:site.example", "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass",
                new String(PASSWORD)).inheritIO().start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).isZero();
        keys = context(store);
    }

    @Test
    void fetch_namesTheHostAndBelievesItsCertificate() throws IOException {
        AtomicReference<List<?>> named = new AtomicReference<>(List.of());
        try (RawServer server = new RawServer(listen(), socket -> {
            named.set(((ExtendedSSLSession) ((SSLSocket) socket).getSession()).getRequestedServerNames());
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".getBytes(
                    StandardCharsets.UTF_8));
        }); Fetcher fetcher = fetcher(server, "site.example").tls(keys).build()) {
            Fetched answer = fetcher.fetch(FetchRequest.of("https://SITE.example:" + server.port() + "/"));

            assertThat(answer.body()).asString().isEqualTo("hi");
            assertThat(named.get()).hasToString(List.of(new SNIHostName("site.example")).toString());
            assertThat(server.heads().getFirst()).contains("Host: site.example:" + server.port() + "\n");
        }
    }

    @Test
    void fetch_doesNotBelieveAnotherHostsCertificate() throws IOException {
        try (RawServer server = new RawServer(listen(), socket -> {
        }); Fetcher fetcher = fetcher(server, "other.example").tls(keys).build()) {
            assertUnreachable(fetcher, "https://other.example:" + server.port() + "/");
            assertThat(server.heads()).noneMatch(head -> head.startsWith("GET"));
        }
    }

    @Test
    void fetch_doesNotBelieveAnUnknownIssuer() throws IOException {
        try (RawServer server = new RawServer(listen(), socket -> {
        }); Fetcher fetcher = fetcher(server, "site.example").build()) {
            assertUnreachable(fetcher, "https://site.example:" + server.port() + "/");
            assertThat(server.heads()).noneMatch(head -> head.startsWith("GET"));
        }
    }

    private static void assertUnreachable(Fetcher fetcher, String url) {
        assertThatThrownBy(() -> fetcher.fetch(FetchRequest.of(url))).isInstanceOfSatisfying(FetchException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE));
    }

    private static Fetcher.Builder fetcher(RawServer server, String host) {
        return Fetcher.builder().allow(host, server.port()).resolver(name -> List.of(InetAddress.getLoopbackAddress()));
    }

    private static ServerSocket listen() throws IOException {
        ServerSocket server = keys.getServerSocketFactory().createServerSocket();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return server;
    }

    private static SSLContext context(Path store) throws IOException, GeneralSecurityException {
        KeyStore all = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            all.load(in, PASSWORD);
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(all, PASSWORD);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(all);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }
}
