import CLinux
import Foundation
import HoldfastClient
import HoldfastTransport
import HoldfastWire
import Testing

/// Every way in which a connection can fail says within about a second where and why.
@Suite(.timeLimit(.minutes(1)))
struct ConnectFailureTests {
    private func failure(_ configuration: ClientConfiguration) async throws -> HoldfastError? {
        let client = try HoldfastClient(configuration: configuration)
        let start = ContinuousClock.now
        let error = await Clients.failure { () async throws(HoldfastError) in
            try await client.reserve(Clients.reserve())
        }
        // One second is the bound; the rest is for a busy machine, and far from the calls' own time.
        #expect(ContinuousClock.now - start < .seconds(6))
        await client.close()
        return error
    }

    @Test func refusedConnectionNamesTCP() async throws {
        // A port that was just free.
        let port = ScriptedServer { _, _ in }.port
        try await Task.sleep(for: .milliseconds(50))
        let error = try await self.failure(
            Clients.configuration(port: port, callTimeout: .seconds(20)))
        #expect(error?.phase == .tcp)
        #expect(error?.outcome == .notSent)
        #expect(error?.code == .unavailable)
        #expect(error?.hint != nil)
    }

    @Test func unknownHostNamesDNS() async throws {
        var configuration = Clients.configuration(port: 1)
        // Two dots in a row are no name, which the resolver knows without asking anybody.
        configuration.host = "no..such..host"
        let error = try await self.failure(configuration)
        #expect(error?.phase == .dns)
        #expect(error?.outcome == .notSent)
    }

    @Test func plaintextServerIsRecognised() async throws {
        let server = ScriptedServer(certificate: nil) { side, _ in
            side.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
            Thread.sleep(forTimeInterval: 0.2)
        }
        let error = try await self.failure(Clients.configuration(port: server.port))
        #expect(error?.phase == .tls)
        #expect(error?.hint?.contains("plaintext") == true)
        #expect(error?.outcome == .notSent)
    }

    @Test func serverThatNeverAnswersTheHandshakeNamesTLS() async throws {
        let server = ScriptedServer(certificate: nil) { _, _ in
            Thread.sleep(forTimeInterval: 4)
        }
        let error = try await self.failure(
            Clients.configuration(port: server.port, callTimeout: .seconds(20)))
        #expect(error?.phase == .tls)
        #expect(error?.outcome == .notSent)
    }

    @Test func serverWithoutHelloNamesHello() async throws {
        let server = ScriptedServer { side, _ in
            guard side.handshake() else { return }
            while side.receive() != nil {}
        }
        let error = try await self.failure(
            Clients.configuration(port: server.port, callTimeout: .milliseconds(1_500)))
        #expect(error?.phase == .hello)
        // The frame was sent after the handshake: nobody knows what became of it.
        #expect(error?.outcome == .unknown)
    }

    @Test func serverOfAnotherProtocolVersionSaysWhichToUpgrade() async throws {
        let server = ScriptedServer { side, _ in
            guard side.greet(Messages.hello(protocolName: "holdfast/2")) else { return }
            _ = side.receive()
        }
        let error = try await self.failure(
            Clients.configuration(port: server.port, callTimeout: .milliseconds(500)))
        #expect(error?.phase == .hello)
        #expect(error?.message.contains("upgrade") == true)
    }

    @Test func missingClientCertificateIsNamed() async throws {
        let server = ScriptedServer(clientCertificate: .required) { side, _ in
            _ = side.handshake()
            // Lets the alert arrive before the socket is closed on unread bytes.
            Thread.sleep(forTimeInterval: 0.3)
        }
        let error = try await self.failure(
            Clients.configuration(port: server.port, withCertificate: false))
        #expect(error?.phase == .tls)
        #expect(error?.code == .unauthenticated)
        #expect(error?.hint?.contains("expects a client certificate") == true)
        #expect(error?.outcome == .notSent)
    }

    @Test func expiredServerCertificateIsNamed() async throws {
        // No server starts with an expired certificate; it expires while the server runs.
        let files = TestCertificates(serverSeconds: 1)
        let server = ScriptedServer(files: files) { side, _ in _ = side.handshake() }
        try await Task.sleep(for: .milliseconds(2_100))
        var configuration = Clients.configuration(port: server.port)
        configuration.certificateAuthorityFile = files.authority
        let error = try await self.failure(configuration)
        #expect(error?.phase == .tls)
        #expect(error?.hint?.contains("expired") == true)
        #expect(error?.code == .unauthenticated)
    }

    @Test func certificateForAnotherNameIsNamed() async throws {
        let server = ScriptedServer(certificate: "other-name") { side, _ in
            _ = side.handshake()
        }
        let error = try await self.failure(Clients.configuration(port: server.port))
        #expect(error?.phase == .tls)
        #expect(error?.hint?.contains("127.0.0.1") == true)
    }

    @Test func serverOfAnotherAuthorityIsRefused() async throws {
        let server = ScriptedServer { side, _ in _ = side.handshake() }
        let others = TestCertificates()
        var configuration = Clients.configuration(port: server.port)
        configuration.certificateAuthorityFile = others.authority
        let error = try await self.failure(configuration)
        #expect(error?.phase == .tls)
        #expect(error?.hint?.contains("not signed by the CA") == true)
        withExtendedLifetime(others) {}
    }

    @Test func serverThatDoesNotSpeakHoldfastNamesALPN() async throws {
        let server = ScriptedServer(alpn: "http/1.1") { side, _ in
            _ = side.handshake()
            Thread.sleep(forTimeInterval: 0.2)
        }
        let error = try await self.failure(Clients.configuration(port: server.port))
        #expect(error?.phase == .alpn)
    }

    @Test func missingFileIsAConfigurationErrorBeforeAnyCall() {
        var configuration = Clients.configuration(port: 1)
        configuration.certificateFile = "/nonexistent/client.pem"
        do throws(HoldfastError) {
            _ = try HoldfastClient(configuration: configuration)
            Issue.record("a client was made")
        } catch {
            #expect(error.phase == .configuration)
            #expect(error.outcome == .notSent)
            #expect(error.message.contains("/nonexistent/client.pem"))
        }
    }

    @Test func serverThatStartsWithinTheConnectTimeIsReached() async throws {
        let port = ScriptedServer { _, _ in }.port
        // Long, as this process may have to wait for a processor before the server is there.
        var configuration = Clients.configuration(port: port, callTimeout: .seconds(30))
        configuration.connectTimeout = .seconds(20)
        let client = try HoldfastClient(configuration: configuration)
        async let response = client.reserve(Clients.reserve())
        try await Task.sleep(for: .milliseconds(200))
        let server = ScriptedServer(port: port) { side, _ in
            guard side.greet() else { return }
            while let frame = side.receive(.request) { side.answer(frame, Messages.reserved(8)) }
        }
        #expect(try await response.reservationID == ReservationID(8))
        #expect(server.acceptedCount >= 1)
        await client.close()
    }
}
