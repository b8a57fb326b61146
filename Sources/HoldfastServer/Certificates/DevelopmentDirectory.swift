internal import HoldfastAdmission

/// What `holdfast init` makes: a development CA, certificates for the server and each kind of caller, a commented
/// configuration, commented admission rules and a sample sale. Never writes over a file that is there, so it can be run again.
package struct DevelopmentDirectory {
    private static let authorityDays = 3_650
    private static let leafDays = 825
    /// The window of the sample sale: ten years.
    private static let saleMilliseconds: Int64 = 3_653 * 86_400_000

    package enum Change: Sendable, Equatable {
        case made(String)
        case kept(String)
        /// Kept, but of no use any more.
        case expired(String)
    }

    package let path: String

    package init(path: String) { self.path = path }

    package var configurationFile: String { "\(self.path)/holdfast.yaml" }
    package var saleFile: String { "\(self.path)/sample-sale.json" }
    static let rulesFileName = "admission-rules.yaml"
    package var rulesFile: String { "\(self.path)/\(Self.rulesFileName)" }

    package func certificateFile(of name: String) -> String { "\(self.path)/certs/\(name).pem" }
    package func keyFile(of name: String) -> String { "\(self.path)/certs/\(name).key" }

    /// Makes what is missing. `nowMilliseconds`: the sample sale is open from then on.
    package func populate(nowMilliseconds: Int64) throws(CertificateError) -> [Change] {
        try self.makeDirectory(self.path)
        try self.makeDirectory("\(self.path)/certs")
        var changes: [Change] = []
        let authority = try self.authority(&changes)
        try self.leaf("server", authority, &changes)
        for role in Role.certified { try self.leaf(role.name, authority, &changes) }
        try self.file(
            self.configurationFile, text: SampleFiles.configuration(), mode: 0o644, &changes)
        try self.file(self.rulesFile, text: RiskRules.defaultYAML, mode: 0o644, &changes)
        try self.file(
            self.saleFile,
            text: SampleFiles.sale(
                startsAtMilliseconds: nowMilliseconds,
                endsAtMilliseconds: nowMilliseconds + Self.saleMilliseconds),
            mode: 0o644, &changes)
        return changes
    }

    private typealias Authority = (certificate: Certificate, key: PrivateKey)

    private func authority(_ changes: inout [Change]) throws(CertificateError) -> Authority {
        if let pair = try self.keep("ca", &changes) { return pair }
        let key = try PrivateKey.generate()
        let certificate = try Certificate.issue(
            Certificate.Profile(
                commonName: "Holdfast development CA", alternativeNames: [], isCA: true,
                extendedUsages: [], validDays: Self.authorityDays),
            key: key, issuer: nil)
        try self.write("ca", certificate, key, &changes)
        return (certificate, key)
    }

    private func leaf(
        _ name: String, _ authority: Authority, _ changes: inout [Change]
    ) throws(CertificateError) {
        if try self.keep(name, &changes) != nil { return }
        let isServer = name == "server"
        var names = ["URI:\(DevelopmentIdentities.uri(of: name))"]
        if isServer { names += ["DNS:localhost", "IP:127.0.0.1", "IP:::1"] }
        let key = try PrivateKey.generate()
        let certificate = try Certificate.issue(
            Certificate.Profile(
                commonName: "holdfast \(name)", alternativeNames: names, isCA: false,
                extendedUsages: [isServer ? "serverAuth" : "clientAuth"],
                validDays: Self.leafDays),
            key: key, issuer: authority)
        try self.write(name, certificate, key, &changes)
    }

    /// The pair that is there; nil: neither file is.
    private func keep(
        _ name: String, _ changes: inout [Change]
    ) throws(CertificateError) -> Authority? {
        let certificateFile = self.certificateFile(of: name)
        let keyFile = self.keyFile(of: name)
        switch (TextFile.exists(certificateFile), TextFile.exists(keyFile)) {
        case (false, false): return nil
        case (true, false):
            throw CertificateError(
                "\(certificateFile) is there without \(keyFile); "
                    + "put the key back, or remove the certificate and run init again")
        case (false, true):
            throw CertificateError(
                "\(keyFile) is there without \(certificateFile); "
                    + "put the certificate back, or remove the key and run init again")
        case (true, true): break
        }
        let certificate = try Certificate.read(certificateFile)
        let key = try PrivateKey.read(keyFile)
        guard certificate.matches(key) else {
            throw CertificateError(
                "\(keyFile) is not the key of \(certificateFile); remove both and run init again")
        }
        for file in [certificateFile, keyFile] {
            changes.append(certificate.isExpired ? .expired(file) : .kept(file))
        }
        return (certificate, key)
    }

    private func write(
        _ name: String, _ certificate: Certificate, _ key: PrivateKey,
        _ changes: inout [Change]
    ) throws(CertificateError) {
        let certificateText = try certificate.pem()
        let keyText = try key.pem()
        try self.file(
            self.certificateFile(of: name), text: certificateText, mode: 0o644, &changes)
        try self.file(self.keyFile(of: name), text: keyText, mode: 0o600, &changes)
    }

    private func file(
        _ path: String, text: String, mode: UInt32, _ changes: inout [Change]
    ) throws(CertificateError) {
        if TextFile.exists(path) {
            changes.append(.kept(path))
            return
        }
        do {
            try TextFile.create(path, text: text, mode: mode)
        } catch {
            throw CertificateError("\(path) cannot be written: \(error.message)")
        }
        changes.append(.made(path))
    }

    private func makeDirectory(_ path: String) throws(CertificateError) {
        do {
            try TextFile.makeDirectory(path, mode: 0o755)
        } catch {
            throw CertificateError("the folder \(path) cannot be made: \(error.message)")
        }
    }
}
