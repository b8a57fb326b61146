import COpenSSL
import Glibc
import Synchronization

/// Certificates made anew for each test process, in a directory that goes with the process.
struct TestCertificates {
    struct Identity {
        let certificateFile: String
        let keyFile: String
    }

    let directory: String
    let authority: Identity
    let otherAuthority: Identity
    let server: Identity
    let gateway: Identity
    let expired: Identity
    let notYetValid: Identity
    /// Signed by an authority that the server does not know.
    let stranger: Identity
    /// May serve, may not be a client.
    let wrongUsage: Identity

    static let shared = TestCertificates()
    static let gatewayURI = "spiffe://holdfast.test/gateway/web-1"

    private init() {
        var template = Array("/tmp/holdfast-transport-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory")
        let directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        self.directory = directory
        let authority = CertificateMaker.makeAuthority("Test CA")
        let other = CertificateMaker.makeAuthority("Other CA")
        let day: Int = 24 * 60 * 60
        func issue(
            _ name: String, by issuer: CertificateMaker, usage: String, names: String,
            from begin: Int = -60, to end: Int = day
        ) -> Identity {
            issuer.issue(name, usage: usage, names: names, from: begin, to: end)
                .save(directory, name)
        }
        self.authority = authority.save(directory, "ca")
        self.otherAuthority = other.save(directory, "other-ca")
        let serverNames = "DNS:localhost,IP:127.0.0.1,IP:::1"
        let gatewayNames = "URI:\(Self.gatewayURI)"
        self.server = issue("server", by: authority, usage: "serverAuth", names: serverNames)
        self.gateway = issue("gateway", by: authority, usage: "clientAuth", names: gatewayNames)
        self.expired = issue(
            "expired", by: authority, usage: "clientAuth,serverAuth", names: gatewayNames,
            from: -2 * day, to: -day)
        self.notYetValid = issue(
            "early", by: authority, usage: "clientAuth,serverAuth", names: gatewayNames, from: day,
            to: 2 * day)
        self.stranger = issue("stranger", by: other, usage: "clientAuth", names: gatewayNames)
        self.wrongUsage = issue("usage", by: authority, usage: "serverAuth", names: gatewayNames)
        atexit { TestCertificates.removeDirectory() }
    }

    private static func removeDirectory() {
        let shared = TestCertificates.shared
        guard let handle = opendir(shared.directory) else { return }
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { unlink("\(shared.directory)/\(name)") }
        }
        closedir(handle)
        rmdir(shared.directory)
    }
}

/// A key and its certificate, which may sign others.
final class CertificateMaker {
    private let key: OpaquePointer
    private let certificate: OpaquePointer

    private init(key: OpaquePointer, certificate: OpaquePointer) {
        self.key = key
        self.certificate = certificate
    }

    deinit {
        EVP_PKEY_free(self.key)
        X509_free(self.certificate)
    }

    static func makeAuthority(_ name: String) -> CertificateMaker {
        let key = self.makeKey()
        let certificate = self.begin(name, key: key, from: -60, to: 24 * 60 * 60)
        X509_set_issuer_name(certificate, X509_get_subject_name(certificate))
        self.add(certificate, issuer: certificate, NID_basic_constraints, "critical,CA:TRUE")
        self.add(certificate, issuer: certificate, NID_key_usage, "critical,keyCertSign,cRLSign")
        precondition(X509_sign(certificate, key, EVP_sha256()) > 0)
        return CertificateMaker(key: key, certificate: certificate)
    }

    func issue(
        _ name: String, usage: String, names: String, from begin: Int, to end: Int
    ) -> CertificateMaker {
        let key = Self.makeKey()
        let issued = Self.begin(name, key: key, from: begin, to: end)
        X509_set_issuer_name(issued, X509_get_subject_name(self.certificate))
        Self.add(issued, issuer: self.certificate, NID_basic_constraints, "critical,CA:FALSE")
        Self.add(issued, issuer: self.certificate, NID_ext_key_usage, usage)
        Self.add(issued, issuer: self.certificate, NID_subject_alt_name, names)
        precondition(X509_sign(issued, self.key, EVP_sha256()) > 0)
        return CertificateMaker(key: key, certificate: issued)
    }

    /// `passphrase` encrypts the key.
    func save(
        _ directory: String, _ name: String, passphrase: String? = nil
    ) -> TestCertificates.Identity {
        let identity = TestCertificates.Identity(
            certificateFile: "\(directory)/\(name).pem", keyFile: "\(directory)/\(name).key")
        Self.write(identity.certificateFile) { PEM_write_bio_X509($0, self.certificate) }
        Self.write(identity.keyFile) { output in
            guard let passphrase else {
                return PEM_write_bio_PrivateKey(output, self.key, nil, nil, 0, nil, nil)
            }
            var bytes = Array(passphrase.utf8)
            return PEM_write_bio_PrivateKey(
                output, self.key, EVP_aes_256_cbc(), &bytes, Int32(bytes.count), nil, nil)
        }
        return identity
    }

    private static func write(_ path: String, _ body: (OpaquePointer) -> Int32) {
        guard let output = BIO_new_file(path, "w") else { preconditionFailure("no file \(path)") }
        precondition(body(output) == 1, "could not write \(path)")
        BIO_free(output)
    }

    private static func makeKey() -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        precondition(EVP_PKEY_keygen_init(context) == 1)
        precondition(
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1)
        precondition(EVP_PKEY_keygen(context, &key) == 1)
        return key!
    }

    private static let serial = Atomic<Int>(100)

    private static func begin(
        _ name: String, key: OpaquePointer, from begin: Int, to end: Int
    ) -> OpaquePointer {
        let certificate = X509_new()!
        X509_set_version(certificate, 2)
        let serial = self.serial.add(1, ordering: .relaxed).newValue
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial)
        X509_gmtime_adj(X509_getm_notBefore(certificate), begin)
        X509_gmtime_adj(X509_getm_notAfter(certificate), end)
        X509_set_pubkey(certificate, key)
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate), "CN", MBSTRING_ASC, Array(name.utf8),
            Int32(name.utf8.count), -1, 0)
        return certificate
    }

    private static func add(
        _ certificate: OpaquePointer, issuer: OpaquePointer, _ kind: Int32, _ value: String
    ) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        guard let addition = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
            preconditionFailure("an extension that libcrypto does not take: \(value)")
        }
        X509_add_ext(certificate, addition, -1)
        X509_EXTENSION_free(addition)
    }
}
