import Glibc
import HoldfastTransport
import Testing

@Suite struct TLSContextTests {
    private let certificates = TestCertificates.shared

    private func error(
        certificate: String? = nil, key: String? = nil, authority: String?? = nil
    ) -> TransportError? {
        #expect(throws: TransportError.self) {
            try TLSContext(
                server: TLSConfiguration(
                    certificateChainFile: certificate ?? self.certificates.server.certificateFile,
                    privateKeyFile: key ?? self.certificates.server.keyFile,
                    clientCAFile: authority ?? self.certificates.authority.certificateFile))
        }
    }

    @Test func missingFilesAreNamed() {
        let missing = "\(self.certificates.directory)/nowhere.pem"
        for error in [
            self.error(certificate: missing), self.error(key: missing),
            self.error(authority: missing),
        ] {
            #expect(error?.code == .fileUnreadable)
            #expect(error?.message.contains(missing) == true)
            #expect(error?.message.contains("No such file") == true)
        }
    }

    @Test func keyOfAnotherCertificateIsRefused() {
        let error = self.error(key: self.certificates.gateway.keyFile)
        #expect(error?.code == .privateKeyMismatch)
        #expect(error?.message.contains(self.certificates.gateway.keyFile) == true)
    }

    @Test func datesAreChecked() {
        let expired = self.error(
            certificate: self.certificates.expired.certificateFile,
            key: self.certificates.expired.keyFile)
        #expect(expired?.code == .certificateExpired)
        #expect(expired?.message.contains(" UTC") == true)
        let early = self.error(
            certificate: self.certificates.notYetValid.certificateFile,
            key: self.certificates.notYetValid.keyFile)
        #expect(early?.code == .certificateNotYetValid)
        #expect(early?.hint.contains("clock") == true)
    }

    @Test func filesOfTheWrongKindAreRefused() {
        let swapped = self.error(
            certificate: self.certificates.server.keyFile,
            key: self.certificates.server.certificateFile)
        #expect(swapped?.code == .certificateUnreadable)
        #expect(
            self.error(key: self.certificates.server.certificateFile)?.code
                == .privateKeyUnreadable)
        #expect(
            self.error(authority: self.certificates.server.keyFile)?.code == .authorityUnreadable)
        // A certificate, but of no authority.
        #expect(
            self.error(authority: self.certificates.server.certificateFile)?.code
                == .authorityInvalid)
        #expect(self.error(authority: .some(nil))?.code == .authorityUnreadable)
    }

    @Test func encryptedKeyIsRefusedWithoutAskingOnTheTerminal() {
        let maker = CertificateMaker.makeAuthority("Encrypted")
        let identity = maker.save(
            self.certificates.directory, "encrypted", passphrase: "correct horse")
        let error = self.error(certificate: identity.certificateFile, key: identity.keyFile)
        #expect(error?.code == .privateKeyUnreadable)
        #expect(error?.hint.contains("pass phrase") == true)
    }

    @Test func clientNeedsBothCertificateAndKey() {
        let error = #expect(throws: TransportError.self) {
            try TLSContext(
                client: TLSClientConfiguration(
                    serverCAFile: self.certificates.authority.certificateFile,
                    certificateChainFile: self.certificates.gateway.certificateFile))
        }
        #expect(error?.code == .certificateUnreadable)
    }
}
