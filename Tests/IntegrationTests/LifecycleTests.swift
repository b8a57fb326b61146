import Foundation
import HoldfastClient
import Synchronization
import Testing

/// What the callers of a draining server saw.
final class DrainLog: Sendable {
    let stop = Atomic(false)
    let counts = Mutex((reserved: 0, draining: 0, notSent: 0, unknown: [String]()))
}

/// Start, refusal to start, drain: the server as an operator meets it.
@Suite("Lifecycle", .serialized)
struct LifecycleTests {
    @Test("the sample sale sells from the first start")
    func sampleSaleSells() async throws {
        let server = try TestServer.start(loadsSample: true)
        let client = try server.client()
        let held = try await client.reserve(reserveRequest("sale-1", "sku-1", user: "buyer-1"))
        #expect(held.outcome == .reserved)
        let confirmed = try await client.confirm(
            ConfirmRequest(
                saleID: "sale-1", target: .reservation(held.reservationID),
                paymentReference: "payment-1"))
        #expect(confirmed.outcome == .confirmed)
        let read = try await client.getReservation(
            GetReservationRequest(saleID: "sale-1", target: .reservation(held.reservationID)))
        #expect(read.reservation?.state == .confirmed)
        #expect(read.reservation?.paymentReference == "payment-1")
        await client.close()
        let end = server.terminate()
        #expect(end.status == 0)
        #expect(end.seconds < 5)
    }

    @Test("init and serve twice keep certificates and data files")
    func twiceKeepsEverything() throws {
        let directory = try TestServer.makeDirectory()
        let names = [
            "certs/ca.pem", "certs/server.key", "certs/gateway.pem", "certs/admin.key",
            "holdfast.yaml", "sample-sale.json",
        ]
        let before = try names.map {
            try Data(contentsOf: directory.appendingPathComponent($0))
        }
        let again = try Binary.run("holdfast", ["init", "--directory", directory.path])
        #expect(again.status == 0)
        let after = try names.map { try Data(contentsOf: directory.appendingPathComponent($0)) }
        #expect(before == after)
        for _ in 0..<2 {
            let server = try TestServer.start(in: directory, loadsSample: true)
            #expect(server.terminate().status == 0)
        }
    }

    /// One line that says what and how to mend it, and a status of its own.
    private func expectRefusal(
        _ directory: URL, settings: [String: String] = [:], status: Int32? = nil, says: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var environment = [
            "HOLDFAST_STOCK_PORT": "0", "HOLDFAST_ADMIN_PORT": "0", "HOLDFAST_LOG_LEVEL": "error",
        ]
        environment.merge(settings) { $1 }
        let result = try Binary.run(
            "holdfast",
            ["serve", "--config", directory.appendingPathComponent("holdfast.yaml").path],
            environment: environment)
        #expect(result.status != 0, sourceLocation: sourceLocation)
        if let status { #expect(result.status == status, sourceLocation: sourceLocation) }
        #expect(result.standardOutput.isEmpty, sourceLocation: sourceLocation)
        let lines = result.standardError.split(separator: "\n")
        #expect(lines.count == 1, "\(result.standardError)", sourceLocation: sourceLocation)
        for text in says {
            #expect(
                result.standardError.lowercased().contains(text.lowercased()),
                "\(result.standardError)", sourceLocation: sourceLocation)
        }
    }

    @Test("a port in use is named")
    func portInUse() throws {
        let first = try TestServer.start()
        try self.expectRefusal(
            first.directory,
            settings: [
                "HOLDFAST_STOCK_PORT": "\(first.stockPort)",
                "HOLDFAST_DATA_DIRECTORY": first.directory.appendingPathComponent("other").path,
            ], says: ["\(first.stockPort)", "in use"])
    }

    @Test("a key that does not match its certificate is named")
    func keyMismatch() throws {
        let directory = try TestServer.makeDirectory()
        try self.expectRefusal(
            directory,
            settings: [
                "HOLDFAST_TLS_KEY": directory.appendingPathComponent("certs/gateway.key").path
            ], says: ["gateway.key", "is not the key of"])
    }

    @Test(
        "a server certificate that has expired, or is not valid yet, is named with its date: status 78"
    )
    func certificateOutOfDate() throws {
        let directory = try TestServer.makeDirectory()
        let certificates = try BadCertificates(directory: directory)
        var profile = BadCertificates.Profile(
            uris: ["spiffe://holdfast.local/server/dev"],
            otherNames: ["DNS:localhost", "IP:127.0.0.1"], commonName: "holdfast server",
            usage: "serverAuth")
        func settings(_ files: (certificate: String, key: String)) -> [String: String] {
            ["HOLDFAST_TLS_CERTIFICATE": files.certificate, "HOLDFAST_TLS_KEY": files.key]
        }
        // Made in the same way and good, it is served with.
        let good = try TestServer.start(
            in: directory, settings: settings(try certificates.files(profile)))
        #expect(good.terminate().status == 0)
        profile.validFrom = -7_200
        profile.validTo = -3_600
        let expired = try certificates.files(profile)
        try self.expectRefusal(
            directory, settings: settings(expired), status: 78,
            says: [expired.certificate, "expired on", "tls.certificate"])
        profile.validFrom = 3_600
        profile.validTo = 7_200
        let early = try certificates.files(profile)
        try self.expectRefusal(
            directory, settings: settings(early), status: 78,
            says: [early.certificate, "valid only from", "tls.certificate"])
    }

    @Test("a missing file, a bad value and an unknown key are named")
    func badConfiguration() throws {
        let directory = try TestServer.makeDirectory()
        try self.expectRefusal(
            directory, settings: ["HOLDFAST_TLS_CERTIFICATE": "certs/nowhere.pem"],
            says: ["nowhere.pem"])
        try self.expectRefusal(
            directory, settings: ["HOLDFAST_SHARDS": "many"], says: ["shards", "many"])
        let file = directory.appendingPathComponent("holdfast.yaml")
        var text = try String(contentsOf: file, encoding: .utf8)
        text += "\nstokc:\n  port: 1\n"
        try text.write(to: file, atomically: true, encoding: .utf8)
        try self.expectRefusal(directory, says: ["stokc"])
        let check = try Binary.run("holdfast", ["check-config", "--config", file.path])
        #expect(check.status != 0)
        #expect(check.standardError.contains("stokc"))
    }

    @Test(
        "SIGTERM under load: every call that was sent is answered, and the server is gone within 5 s"
    )
    func drainLosesNoCall() async throws {
        let server = try TestServer.start()
        try await load(
            openSale("drain", products: [Product(productID: "sku", total: 1_000_000)]),
            into: server)
        let clients = try (0..<16).map { _ in try server.client(resolvesLostAnswers: false) }
        for client in clients { _ = try await client.ping() }
        let log = DrainLog()
        async let end: (status: Int32, seconds: Double) = {
            try? await Task.sleep(for: .milliseconds(700))
            let end = server.terminate()
            // Callers go on for a moment, so that each of them meets the server that has gone.
            try? await Task.sleep(for: .milliseconds(500))
            log.stop.store(true, ordering: .relaxed)
            return end
        }()
        await withTaskGroup(of: Void.self) { group in
            for (number, client) in clients.enumerated() {
                for lane in 0..<4 {
                    group.addTask {
                        var index = 0
                        while !log.stop.load(ordering: .relaxed) {
                            index += 1
                            do throws(HoldfastError) {
                                let answer = try await client.reserve(
                                    reserveRequest(
                                        "drain", "sku", user: "buyer-\(number)-\(lane)-\(index)"))
                                if answer.outcome == .reserved {
                                    log.counts.withLock { $0.reserved += 1 }
                                }
                            } catch {
                                log.counts.withLock {
                                    switch error.outcome {
                                    case .rejected: $0.draining += 1
                                    case .notSent: $0.notSent += 1
                                    case .unknown: $0.unknown.append("\(error)")
                                    }
                                }
                                try? await Task.sleep(for: .milliseconds(5))
                            }
                        }
                    }
                }
            }
        }
        let result = await end
        let seen = log.counts.withLock { $0 }
        #expect(result.status == 0)
        #expect(result.seconds < 5)
        #expect(seen.reserved > 100, "there was load")
        #expect(seen.draining + seen.notSent > 0, "the drain was seen")
        #expect(seen.unknown == [], "a call was sent and not answered")
        for client in clients { await client.close() }
    }
}
