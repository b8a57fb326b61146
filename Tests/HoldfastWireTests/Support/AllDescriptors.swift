import CHoldfastProto
import CProtobufC
import HoldfastWire

/// Every generated message by its proto name, through a message that the generated code initialised.
enum AllDescriptors {
    nonisolated(unsafe) static let byName: [String: MessageDescriptor] = {
        var found: [String: MessageDescriptor] = [:]
        for root in Self.roots {
            Self.collect(root, into: &found)
        }
        return found
    }()

    private static var roots: [MessageDescriptor] {
        Method.allCases.compactMap { Descriptors.request(of: $0) }
            + [Descriptors.metadata, Descriptors.pingFrame, Self.status, Self.hello, Self.goaway]
            + Self.responses
    }

    private static func collect(
        _ descriptor: MessageDescriptor, into found: inout [String: MessageDescriptor]
    ) {
        let name = String(cString: descriptor.pointee.short_name)
        guard found.updateValue(descriptor, forKey: name) == nil else { return }
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields[index]
            guard field.type == PROTOBUF_C_TYPE_MESSAGE else { continue }
            Self.collect(
                field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self),
                into: &found)
        }
    }

    private static var status: MessageDescriptor {
        var message = Holdfast__V1__Status()
        holdfast__v1__status__init(&message)
        return message.base.descriptor
    }

    private static var hello: MessageDescriptor {
        var message = Holdfast__V1__Hello()
        holdfast__v1__hello__init(&message)
        return message.base.descriptor
    }

    private static var goaway: MessageDescriptor {
        var message = Holdfast__V1__Goaway()
        holdfast__v1__goaway__init(&message)
        return message.base.descriptor
    }

    private static var responses: [MessageDescriptor] {
        var reserve = Holdfast__V1__ReserveResponse()
        holdfast__v1__reserve_response__init(&reserve)
        var confirm = Holdfast__V1__ConfirmResponse()
        holdfast__v1__confirm_response__init(&confirm)
        var cancel = Holdfast__V1__CancelResponse()
        holdfast__v1__cancel_response__init(&cancel)
        var extend = Holdfast__V1__ExtendResponse()
        holdfast__v1__extend_response__init(&extend)
        var refund = Holdfast__V1__RefundResponse()
        holdfast__v1__refund_response__init(&refund)
        var getReservation = Holdfast__V1__GetReservationResponse()
        holdfast__v1__get_reservation_response__init(&getReservation)
        var getStock = Holdfast__V1__GetStockResponse()
        holdfast__v1__get_stock_response__init(&getStock)
        var ping = Holdfast__V1__PingResponse()
        holdfast__v1__ping_response__init(&ping)
        var preload = Holdfast__V1__PreloadResponse()
        holdfast__v1__preload_response__init(&preload)
        var adjustStock = Holdfast__V1__AdjustStockResponse()
        holdfast__v1__adjust_stock_response__init(&adjustStock)
        var setSaleState = Holdfast__V1__SetSaleStateResponse()
        holdfast__v1__set_sale_state_response__init(&setSaleState)
        var setProductState = Holdfast__V1__SetProductStateResponse()
        holdfast__v1__set_product_state_response__init(&setProductState)
        var listSales = Holdfast__V1__ListSalesResponse()
        holdfast__v1__list_sales_response__init(&listSales)
        var getServerInfo = Holdfast__V1__GetServerInfoResponse()
        holdfast__v1__get_server_info_response__init(&getServerInfo)
        var snapshot = Holdfast__V1__SnapshotResponse()
        holdfast__v1__snapshot_response__init(&snapshot)
        var checkRisk = Holdfast__V1__CheckRiskResponse()
        holdfast__v1__check_risk_response__init(&checkRisk)
        var readRiskLog = Holdfast__V1__ReadRiskLogResponse()
        holdfast__v1__read_risk_log_response__init(&readRiskLog)
        var acquireLease = Holdfast__V1__AcquireLeaseResponse()
        holdfast__v1__acquire_lease_response__init(&acquireLease)
        var renewLease = Holdfast__V1__RenewLeaseResponse()
        holdfast__v1__renew_lease_response__init(&renewLease)
        var releaseLease = Holdfast__V1__ReleaseLeaseResponse()
        holdfast__v1__release_lease_response__init(&releaseLease)
        var blacklistAdd = Holdfast__V1__BlacklistAddResponse()
        holdfast__v1__blacklist_add_response__init(&blacklistAdd)
        var blacklistRemove = Holdfast__V1__BlacklistRemoveResponse()
        holdfast__v1__blacklist_remove_response__init(&blacklistRemove)
        var blacklistList = Holdfast__V1__BlacklistListResponse()
        holdfast__v1__blacklist_list_response__init(&blacklistList)
        return [
            blacklistAdd.base.descriptor,
            blacklistRemove.base.descriptor,
            blacklistList.base.descriptor,
            reserve.base.descriptor,
            confirm.base.descriptor,
            cancel.base.descriptor,
            extend.base.descriptor,
            refund.base.descriptor,
            getReservation.base.descriptor,
            getStock.base.descriptor,
            ping.base.descriptor,
            preload.base.descriptor,
            adjustStock.base.descriptor,
            setSaleState.base.descriptor,
            setProductState.base.descriptor,
            listSales.base.descriptor,
            getServerInfo.base.descriptor,
            snapshot.base.descriptor,
            checkRisk.base.descriptor,
            readRiskLog.base.descriptor,
            acquireLease.base.descriptor,
            renewLease.base.descriptor,
            releaseLease.base.descriptor,
        ].map { $0! }  // The generated code sets each.
    }
}
