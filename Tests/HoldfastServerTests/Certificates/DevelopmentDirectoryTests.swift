import Glibc
import HoldfastTransport
import Testing

@testable import HoldfastServer

@Suite struct DevelopmentDirectoryTests {
    private static let now: Int64 = 1_800_000_000_000
    private static let names = ["server", "gateway", "service", "operator", "admin"]

    private func populated() throws -> (TemporaryDirectory, DevelopmentDirectory) {
        let folder = TemporaryDirectory()
        let place = DevelopmentDirectory(path: "\(folder.path)/dev")
        _ = try place.populate(nowMilliseconds: Self.now)
        return (folder, place)
    }

    private func files(_ place: DevelopmentDirectory) -> [String] {
        (["ca"] + Self.names).flatMap { [place.certificateFile(of: $0), place.keyFile(of: $0)] }
            + [place.configurationFile, place.rulesFile, place.saleFile]
    }

    @Test func theFirstRunMakesEverything() throws {
        let folder = TemporaryDirectory()
        let place = DevelopmentDirectory(path: "\(folder.path)/dev")
        let changes = try place.populate(nowMilliseconds: Self.now)
        #expect(changes == self.files(place).map { .made($0) })
    }

    @Test func theSecondRunKeepsEveryByteAndSaysSo() throws {
        let (folder, place) = try self.populated()
        let before = try self.files(place).map { try TextFile.readBytes($0) }
        let changes = try place.populate(nowMilliseconds: Self.now + 5_000)
        #expect(changes == self.files(place).map { .kept($0) })
        #expect(try self.files(place).map { try TextFile.readBytes($0) } == before)
        withExtendedLifetime(folder) {}
    }

    @Test func aMissingPairIsMadeAnewBySameCA() throws {
        let (folder, place) = try self.populated()
        unlink(place.certificateFile(of: "service"))
        unlink(place.keyFile(of: "service"))
        let changes = try place.populate(nowMilliseconds: Self.now)
        #expect(
            changes.filter { if case .made = $0 { true } else { false } }
                == [
                    .made(place.certificateFile(of: "service")),
                    .made(place.keyFile(of: "service")),
                ])
        let ca = try Certificate.read(place.certificateFile(of: "ca"))
        #expect(try Certificate.read(place.certificateFile(of: "service")).isSigned(by: ca))
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: ["ca", "gateway"])
    func halfAPairStopsInitWithoutTouchingTheRest(name: String) throws {
        let (folder, place) = try self.populated()
        unlink(place.keyFile(of: name))
        #expect(throws: CertificateError.self) {
            try place.populate(nowMilliseconds: Self.now)
        }
        #expect(!TextFile.exists(place.keyFile(of: name)))
        withExtendedLifetime(folder) {}
    }

    @Test func aPairThatDoesNotFitStopsInit() throws {
        let (folder, place) = try self.populated()
        rename(place.keyFile(of: "admin"), place.keyFile(of: "gateway"))
        rename(place.certificateFile(of: "admin"), "\(folder.path)/spare.pem")
        #expect(throws: CertificateError.self) {
            try place.populate(nowMilliseconds: Self.now)
        }
    }

    @Test func keysAreForTheirOwnerAlone() throws {
        let (folder, place) = try self.populated()
        for name in ["ca"] + Self.names {
            var status = stat()
            #expect(stat(place.keyFile(of: name), &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(name)")
        }
        withExtendedLifetime(folder) {}
    }

    @Test func eachCertificateSaysWhatItsRoleNeeds() throws {
        let (folder, place) = try self.populated()
        let ca = try Certificate.read(place.certificateFile(of: "ca"))
        #expect(ca.facts().isCA)
        for name in Self.names {
            let certificate = try Certificate.read(place.certificateFile(of: name))
            let facts = certificate.facts()
            #expect(facts.uris == ["spiffe://holdfast.local/\(name)/dev"])
            #expect(!facts.isCA)
            #expect(facts.hasClientAuthUsage == (name != "server"))
            #expect(certificate.isSigned(by: ca))
            #expect(certificate.curveName == "prime256v1")
            let years = Double(facts.notAfterUnixSeconds - Int64(time(nil))) / 86_400 / 365
            #expect(years > 2 && years < 2.3)
        }
        let server = try Certificate.read(place.certificateFile(of: "server"))
        #expect(server.isValid(forHost: "localhost"))
        #expect(server.isValid(forAddress: "127.0.0.1"))
        #expect(server.isValid(forAddress: "::1"))
        #expect(!server.isValid(forHost: "example.org"))
        withExtendedLifetime(folder) {}
    }

    @Test func serialsAreRandom() throws {
        let (folder, place) = try self.populated()
        let serials = try (["ca"] + Self.names).map {
            try Certificate.read(place.certificateFile(of: $0)).facts().serial
        }
        #expect(Set(serials).count == serials.count)
        #expect(serials.allSatisfy { $0.count == 32 })
        withExtendedLifetime(folder) {}
    }

    @Test func theConfigurationThatInitWritesHoldsEveryDefaultTheRulesAndTheSampleSale() throws {
        let (folder, place) = try self.populated()
        let text = try TextFile.read(place.configurationFile)
        for setting in SettingsTable.all { #expect(text.contains(setting.documentation)) }
        let configuration = try ServerConfiguration.load(file: place.configurationFile)
        #expect(configuration.saleFiles == [place.saleFile])
        #expect(configuration.privateKeyFile == place.keyFile(of: "server"))
        #expect(configuration.admission.rulesFile == place.rulesFile)
        var without = configuration
        without.saleFiles = []
        without.admission.rulesFile = nil
        let defaults = try ServerConfiguration.parse(file: (place.configurationFile, ""))
        // A dictionary's text has no fixed order, so the identities are compared by themselves.
        #expect(without.identities.entries == defaults.identities.entries)
        without.identities = defaults.identities
        #expect("\(without)" == "\(defaults)")
        withExtendedLifetime(folder) {}
    }

    @Test func theSampleSaleIsOpenNowAndEndsInTenYears() throws {
        let (folder, place) = try self.populated()
        let sale = try SaleFile.parse(TextFile.readBytes(place.saleFile))
        #expect(sale.saleID == "sale-1")
        #expect(sale.products.map(\.productID) == ["sku-1", "sku-2", "sku-3"])
        #expect(sale.startsAtMilliseconds == Self.now)
        let years = Double(sale.endsAtMilliseconds - Self.now) / 86_400_000 / 365.25
        #expect(years > 9.99 && years < 10.01)
        withExtendedLifetime(folder) {}
    }

    @Test func anExpiredPairIsKeptAndNamed() throws {
        let (folder, place) = try self.populated()
        let key = try PrivateKey.generate()
        let old = try Certificate.issue(
            Certificate.Profile(
                commonName: "old", alternativeNames: [], isCA: false,
                extendedUsages: ["clientAuth"], validDays: -1),
            key: key, issuer: nil)
        unlink(place.certificateFile(of: "gateway"))
        unlink(place.keyFile(of: "gateway"))
        try TextFile.create(place.certificateFile(of: "gateway"), text: old.pem(), mode: 0o644)
        try TextFile.create(place.keyFile(of: "gateway"), text: key.pem(), mode: 0o600)
        let changes = try place.populate(nowMilliseconds: Self.now)
        #expect(changes.contains(.expired(place.certificateFile(of: "gateway"))))
        withExtendedLifetime(folder) {}
    }
}
