import HoldfastTransport
import Testing

@testable import HoldfastServer

/// Judged on real certificates, read back as the handshake reads them.
@Suite struct IdentityTableTests {
    private static let gateway = "spiffe://holdfast.local/gateway/dev"

    private func peer(
        uris: [String], isCA: Bool = false, usages: [String] = ["clientAuth"],
        commonName: String = "somebody"
    ) throws -> PeerCertificate {
        let certificate = try Certificate.issue(
            Certificate.Profile(
                commonName: commonName, alternativeNames: uris.map { "URI:\($0)" } + ["DNS:a.b"],
                isCA: isCA, extendedUsages: usages, validDays: 1),
            key: PrivateKey.generate(), issuer: nil)
        return certificate.facts()
    }

    private func verdict(_ peer: PeerCertificate?) throws -> IdentityTable.Verdict {
        try IdentityTable(entries: DevelopmentIdentities.entries).identify(peer)
    }

    private func reason(_ verdict: IdentityTable.Verdict) -> String {
        switch verdict {
        case .caller: "caller"
        case .withoutCertificate: "withoutCertificate"
        case .unauthenticated(let reason, _): "unauthenticated \(reason)"
        case .denied(let reason, _): "denied \(reason)"
        }
    }

    @Test(arguments: ["gateway", "service", "operator", "admin"])
    func aKnownURIGivesItsRole(name: String) throws {
        let uri = "spiffe://holdfast.local/\(name)/dev"
        let role = try #require(Role(name: name))
        #expect(try self.verdict(self.peer(uris: [uri])) == .caller(role: role, uri: uri))
    }

    @Test func nobodyIsAnonymousOnlyWithoutACertificate() throws {
        #expect(try self.verdict(nil) == .withoutCertificate)
    }

    @Test func exactlyOneURIMustBeThere() throws {
        let none = try self.verdict(self.peer(uris: []))
        #expect(self.reason(none) == "unauthenticated CERTIFICATE_URI_COUNT")
        let two = try self.verdict(
            self.peer(uris: [Self.gateway, "spiffe://holdfast.local/admin/dev"]))
        #expect(self.reason(two) == "unauthenticated CERTIFICATE_URI_COUNT")
        let same = try self.verdict(self.peer(uris: [Self.gateway, Self.gateway]))
        #expect(self.reason(same) == "unauthenticated CERTIFICATE_URI_COUNT")
    }

    @Test func aCAIsNoCaller() throws {
        let verdict = try self.verdict(self.peer(uris: [Self.gateway], isCA: true))
        #expect(self.reason(verdict) == "unauthenticated CERTIFICATE_IS_CA")
    }

    @Test func theUsageMustBeClientAuth() throws {
        let server = try self.verdict(self.peer(uris: [Self.gateway], usages: ["serverAuth"]))
        #expect(self.reason(server) == "unauthenticated CERTIFICATE_USAGE")
        let none = try self.verdict(self.peer(uris: [Self.gateway], usages: []))
        #expect(self.reason(none) == "unauthenticated CERTIFICATE_USAGE")
        let both = try self.verdict(
            self.peer(uris: [Self.gateway], usages: ["serverAuth", "clientAuth"]))
        #expect(self.reason(both) == "caller")
    }

    @Test(arguments: [
        "spiffe://holdfast.local/gateway/dev2", "spiffe://holdfast.local/gateway/de",
        "spiffe://holdfast.local/gateway/", "spiffe://holdfast.local/Gateway/dev",
        "SPIFFE://holdfast.local/gateway/dev", "spiffe://holdfast.local/gateway/dev/",
        "spiffe://holdfast.local/gateway/%64ev", "spiffe://evil.local/gateway/dev",
        "spiffe://holdfast.local/*/dev", "https://holdfast.local/gateway/dev",
    ])
    func aURIThatIsOnlyAlikeIsUnknown(uri: String) throws {
        let verdict = try self.verdict(self.peer(uris: [uri]))
        #expect(self.reason(verdict) == "denied IDENTITY_UNKNOWN")
    }

    @Test func theCommonNameMakesNobodyACaller() throws {
        let verdict = try self.verdict(self.peer(uris: [], commonName: Self.gateway))
        #expect(self.reason(verdict) == "unauthenticated CERTIFICATE_URI_COUNT")
    }

    @Test func whatAnUnknownCallerIsToldCannotForgeALogLine() throws {
        let verdict = try self.verdict(self.peer(uris: ["spiffe://x/\nnotice: all is well"]))
        guard case .denied(_, let message) = verdict else {
            Issue.record("the caller was let in")
            return
        }
        #expect(!message.contains("\n"))
        #expect(message.contains("\\x0a"))
    }
}
