import COpenSSL
import Foundation

/// Certificates that a server must not take, made at test time and signed, where it matters, by the server's own CA.
final class BadCertificates {
    struct Failure: Error { let what: String }

    /// What stands in a certificate; the defaults are a good gateway's.
    struct Profile {
        var uris = ["spiffe://holdfast.local/gateway/dev"]
        var otherNames: [String] = []
        var commonName = "gateway"
        var isCA = false
        var usage: String? = "clientAuth"
        /// Seconds from now.
        var validFrom = -3_600
        var validTo = 86_400
        var signer = Signer.ours
    }

    enum Signer { case ours, otherAuthority, itself }

    private typealias Pair = (certificate: OpaquePointer, key: OpaquePointer)

    private let directory: URL
    private let ours: Pair
    private let other: Pair
    private var madeCount = 0

    /// - Parameter directory: Where `holdfast init` has put `certs/ca.pem` and `certs/ca.key`.
    init(directory: URL) throws {
        self.directory = directory
        self.ours = try Self.read(directory.appendingPathComponent("certs/ca").path)
        let key = try Self.makeKey()
        var profile = Profile(uris: [], commonName: "another CA", isCA: true, usage: nil)
        profile.signer = .itself
        self.other = (try Self.make(profile, key: key, issuer: nil), key)
    }

    deinit {
        for pair in [self.ours, self.other] {
            X509_free(pair.certificate)
            EVP_PKEY_free(pair.key)
        }
    }

    /// A client that shows such a certificate.
    func identity(_ profile: Profile) throws -> RawIdentity {
        RawIdentity(files: try self.files(profile))
    }

    /// Such a certificate and its key as PEM files.
    func files(_ profile: Profile) throws -> (certificate: String, key: String) {
        let key = try Self.makeKey()
        defer { EVP_PKEY_free(key) }
        let issuer: Pair? =
            switch profile.signer {
            case .ours: self.ours
            case .otherAuthority: self.other
            case .itself: nil
            }
        let certificate = try Self.make(profile, key: key, issuer: issuer)
        defer { X509_free(certificate) }
        self.madeCount += 1
        let base = self.directory.appendingPathComponent("bad-\(self.madeCount)").path
        guard let file = fopen("\(base).pem", "w"), let keyFile = fopen("\(base).key", "w") else {
            throw Failure(what: "files")
        }
        defer {
            fclose(file)
            fclose(keyFile)
        }
        guard PEM_write_X509(file, certificate) == 1,
            PEM_write_PrivateKey(keyFile, key, nil, nil, 0, nil, nil) == 1
        else { throw Failure(what: "PEM") }
        fflush(file)
        fflush(keyFile)
        return ("\(base).pem", "\(base).key")
    }

    private static func read(_ base: String) throws -> Pair {
        guard let file = fopen("\(base).pem", "r"), let keyFile = fopen("\(base).key", "r") else {
            throw Failure(what: "no CA")
        }
        defer {
            fclose(file)
            fclose(keyFile)
        }
        guard let certificate = PEM_read_X509(file, nil, nil, nil),
            let key = PEM_read_PrivateKey(keyFile, nil, nil, nil)
        else { throw Failure(what: "the CA") }
        return (certificate, key)
    }

    private static func makeKey() throws -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw Failure(what: "key") }
        return key
    }

    private static func make(
        _ profile: Profile, key: OpaquePointer, issuer: Pair?
    ) throws -> OpaquePointer {
        guard let certificate = X509_new() else { throw Failure(what: "memory") }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), Int.random(in: 1...1_000_000_000))
        X509_gmtime_adj(X509_getm_notBefore(certificate), profile.validFrom)
        X509_gmtime_adj(X509_getm_notAfter(certificate), profile.validTo)
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate), "CN", Int32(MBSTRING_FLAG), profile.commonName, -1,
            -1, 0)
        X509_set_issuer_name(
            certificate, X509_get_subject_name(issuer?.certificate ?? certificate))
        X509_set_pubkey(certificate, key)
        var extensions = [
            (NID_basic_constraints, profile.isCA ? "critical,CA:TRUE" : "critical,CA:FALSE")
        ]
        if let usage = profile.usage { extensions.append((NID_ext_key_usage, usage)) }
        let names = profile.uris.map { "URI:\($0)" } + profile.otherNames
        if !names.isEmpty {
            extensions.append((NID_subject_alt_name, names.joined(separator: ",")))
        }
        for (number, value) in extensions {
            var context = X509V3_CTX()
            X509V3_set_ctx(
                &context, issuer?.certificate ?? certificate, certificate, nil, nil, 0)
            guard let made = X509V3_EXT_conf_nid(nil, &context, number, value) else {
                throw Failure(what: value)
            }
            X509_add_ext(certificate, made, -1)
            X509_EXTENSION_free(made)
        }
        guard X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0 else {
            throw Failure(what: "signature")
        }
        return certificate
    }
}
