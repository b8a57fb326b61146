internal import COpenSSL
internal import Glibc

/// Loads PEM files into an SSL_CTX and says in words what is wrong with them.
struct CertificateLoader {
    let context: OpaquePointer

    /// Our own certificate, its chain and its key.
    func useIdentity(
        certificateChainFile: String, privateKeyFile: String
    ) throws(TransportError) {
        try self.checkReadable(certificateChainFile, "certificate")
        try self.checkReadable(privateKeyFile, "private key")
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(self.context, certificateChainFile) == 1 else {
            throw TransportError(
                .certificateUnreadable,
                "\(certificateChainFile) holds no PEM certificate (\(OpenSSLErrors.drain()))",
                hint: "give a PEM file that begins with the certificate itself")
        }
        ERR_clear_error()
        let loaded = SSL_CTX_use_PrivateKey_file(self.context, privateKeyFile, SSL_FILETYPE_PEM)
        if loaded != 1 {
            let mismatch = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH
            let words = OpenSSLErrors.drain()
            if mismatch { throw self.mismatch(certificateChainFile, privateKeyFile) }
            throw TransportError(
                .privateKeyUnreadable,
                "\(privateKeyFile) holds no usable PEM private key (\(words))",
                hint: "give a PEM private key without a pass phrase")
        }
        guard SSL_CTX_check_private_key(self.context) == 1 else {
            ERR_clear_error()
            throw self.mismatch(certificateChainFile, privateKeyFile)
        }
        guard let certificate = SSL_CTX_get0_certificate(self.context) else {
            preconditionFailure("a loaded certificate is missing from its context")
        }
        try self.checkDates(certificate, certificateChainFile)
    }

    /// Trusts the CAs in the file, and them alone.
    func trust(_ authorityFile: String) throws(TransportError) {
        try self.checkReadable(authorityFile, "CA")
        ERR_clear_error()
        guard SSL_CTX_load_verify_file(self.context, authorityFile) == 1 else {
            throw TransportError(
                .authorityUnreadable,
                "\(authorityFile) holds no PEM certificate (\(OpenSSLErrors.drain()))",
                hint: "give a PEM file with the certificate of the CA")
        }
        let objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(self.context))
        var usableCount = 0
        for index in 0..<OPENSSL_sk_num(objects) {
            guard let raw = OPENSSL_sk_value(objects, index) else { continue }
            guard let certificate = X509_OBJECT_get0_X509(OpaquePointer(raw)) else { continue }
            let isExpired = X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0
            if X509_check_ca(certificate) > 0 && !isExpired { usableCount += 1 }
        }
        ERR_clear_error()
        guard usableCount > 0 else {
            throw TransportError(
                .authorityInvalid,
                "\(authorityFile) holds no CA certificate that is valid today",
                hint: "give the certificate of the CA itself (basicConstraints CA:TRUE), renewed")
        }
    }

    /// Tells clients which CAs are accepted, so that they pick the right certificate.
    func nameAuthorities(_ authorityFile: String) throws(TransportError) {
        guard let names = SSL_load_client_CA_file(authorityFile) else {
            throw TransportError(
                .authorityUnreadable, "\(authorityFile) cannot be read again",
                hint: "see that nothing rewrites the file while the server starts")
        }
        SSL_CTX_set_client_CA_list(self.context, names)
    }

    private func mismatch(_ certificateFile: String, _ keyFile: String) -> TransportError {
        TransportError(
            .privateKeyMismatch, "\(keyFile) is not the key of the certificate \(certificateFile)",
            hint: "name the key that the certificate was issued for")
    }

    private func checkReadable(_ path: String, _ what: String) throws(TransportError) {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else {
            let words = String(cString: strerror(errno))
            throw TransportError(
                .fileUnreadable, "the \(what) file \(path) cannot be read: \(words)",
                hint: "correct the path or the file's permissions, or create the certificates")
        }
        close(fd)
    }

    private func checkDates(_ certificate: OpaquePointer, _ path: String) throws(TransportError) {
        if X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0 {
            let end = CertificateTime.unixSeconds(X509_get0_notAfter(certificate))
            throw TransportError(
                .certificateExpired,
                "the certificate \(path) expired on \(CertificateTime.text(end))",
                hint: "renew it")
        }
        if X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0 {
            let begin = CertificateTime.unixSeconds(X509_get0_notBefore(certificate))
            throw TransportError(
                .certificateNotYetValid,
                "the certificate \(path) is valid only from \(CertificateTime.text(begin))",
                hint: "check this machine's clock")
        }
    }
}
