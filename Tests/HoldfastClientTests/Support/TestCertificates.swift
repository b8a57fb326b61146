import COpenSSL
import Foundation

/// A certificate authority and what it signs, as PEM files in a directory of their own that goes with it.
final class TestCertificates: Sendable {
    let directory: String

    /// One authority with a server certificate for localhost and 127.0.0.1, and a client certificate.
    static let shared = TestCertificates()

    /// `serverSeconds` is how long the server's certificate is valid from now on.
    init(serverSeconds: Int = 30 * 86_400) {
        self.directory =
            NSTemporaryDirectory() + "holdfast-client-tests-\(UUID().uuidString.prefix(8))"
        try! FileManager.default.createDirectory(
            atPath: self.directory, withIntermediateDirectories: true)
        let authority = Self.key()
        let root = Self.certificate(
            "test CA", key: authority, extensions: [(NID_basic_constraints, "critical,CA:TRUE")])
        self.write("ca", root, nil)
        func issue(
            _ name: String, _ extensions: [(Int32, String)], seconds: Int = 30 * 86_400
        ) {
            let key = Self.key()
            let certificate = Self.certificate(
                name, key: key, issuer: (root, authority), extensions: extensions,
                seconds: seconds)
            self.write(name, certificate, key)
        }
        let names = "DNS:localhost,IP:127.0.0.1,IP:::1"
        let server = [
            (NID_subject_alt_name, names), (NID_ext_key_usage, "serverAuth"),
        ]
        issue("server", server, seconds: serverSeconds)
        issue(
            "other-name",
            [
                (NID_subject_alt_name, "DNS:shop.example"), (NID_ext_key_usage, "serverAuth"),
            ])
        issue(
            "client",
            [
                (NID_subject_alt_name, "URI:spiffe://test/gateway/one"),
                (NID_ext_key_usage, "clientAuth"),
            ])
    }

    deinit { try? FileManager.default.removeItem(atPath: self.directory) }

    func certificate(_ name: String) -> String { "\(self.directory)/\(name).pem" }
    func key(_ name: String) -> String { "\(self.directory)/\(name).key" }
    var authority: String { self.certificate("ca") }

    private func write(_ name: String, _ certificate: OpaquePointer, _ key: OpaquePointer?) {
        let file = fopen(self.certificate(name), "w")!
        precondition(PEM_write_X509(file, certificate) == 1)
        fclose(file)
        guard let key else { return }
        let keyFile = fopen(self.key(name), "w")!
        precondition(PEM_write_PrivateKey(keyFile, key, nil, nil, 0, nil, nil) == 1)
        fclose(keyFile)
    }

    private static func key() -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)!
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        precondition(EVP_PKEY_keygen_init(context) == 1)
        precondition(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1)
        precondition(EVP_PKEY_keygen(context, &key) == 1)
        return key!
    }

    private static func certificate(
        _ name: String, key: OpaquePointer, issuer: (OpaquePointer, OpaquePointer)? = nil,
        extensions: [(Int32, String)], seconds: Int = 30 * 86_400
    ) -> OpaquePointer {
        let certificate = X509_new()!
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), Int.random(in: 1...1_000_000_000))
        X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400)
        X509_gmtime_adj(X509_getm_notAfter(certificate), seconds)
        let subject = X509_get_subject_name(certificate)
        X509_NAME_add_entry_by_txt(subject, "CN", Int32(MBSTRING_FLAG), name, -1, -1, 0)
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer?.0 ?? certificate))
        X509_set_pubkey(certificate, key)
        for (number, value) in extensions {
            var context = X509V3_CTX()
            X509V3_set_ctx(&context, issuer?.0 ?? certificate, certificate, nil, nil, 0)
            let made = X509V3_EXT_conf_nid(nil, &context, number, value)!
            X509_add_ext(certificate, made, -1)
            X509_EXTENSION_free(made)
        }
        precondition(X509_sign(certificate, issuer?.1 ?? key, EVP_sha256()) > 0)
        return certificate
    }
}
