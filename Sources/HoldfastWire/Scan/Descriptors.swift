internal import CHoldfastProto
package import CProtobufC

package typealias MessageDescriptor = UnsafePointer<ProtobufCMessageDescriptor>

/// Where the generated descriptors lie.
///
/// Swift imports a C constant as a value and may hand out a copy's address, while protobuf-c keeps the pointer:
/// the real one is read from a message that the generated code has initialised.
package enum Descriptors {
    package nonisolated(unsafe) static let metadata: MessageDescriptor = {
        var message = Holdfast__V1__Metadata()
        holdfast__v1__metadata__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let pingFrame: MessageDescriptor = {
        var message = Holdfast__V1__PingFrame()
        holdfast__v1__ping_frame__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let reserveRequest: MessageDescriptor = {
        var message = Holdfast__V1__ReserveRequest()
        holdfast__v1__reserve_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let confirmRequest: MessageDescriptor = {
        var message = Holdfast__V1__ConfirmRequest()
        holdfast__v1__confirm_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let cancelRequest: MessageDescriptor = {
        var message = Holdfast__V1__CancelRequest()
        holdfast__v1__cancel_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let extendRequest: MessageDescriptor = {
        var message = Holdfast__V1__ExtendRequest()
        holdfast__v1__extend_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let refundRequest: MessageDescriptor = {
        var message = Holdfast__V1__RefundRequest()
        holdfast__v1__refund_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let getReservationRequest: MessageDescriptor = {
        var message = Holdfast__V1__GetReservationRequest()
        holdfast__v1__get_reservation_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let getStockRequest: MessageDescriptor = {
        var message = Holdfast__V1__GetStockRequest()
        holdfast__v1__get_stock_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let pingRequest: MessageDescriptor = {
        var message = Holdfast__V1__PingRequest()
        holdfast__v1__ping_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let checkRiskRequest: MessageDescriptor = {
        var message = Holdfast__V1__CheckRiskRequest()
        holdfast__v1__check_risk_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let acquireLeaseRequest: MessageDescriptor = {
        var message = Holdfast__V1__AcquireLeaseRequest()
        holdfast__v1__acquire_lease_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let renewLeaseRequest: MessageDescriptor = {
        var message = Holdfast__V1__RenewLeaseRequest()
        holdfast__v1__renew_lease_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let releaseLeaseRequest: MessageDescriptor = {
        var message = Holdfast__V1__ReleaseLeaseRequest()
        holdfast__v1__release_lease_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let preloadRequest: MessageDescriptor = {
        var message = Holdfast__V1__PreloadRequest()
        holdfast__v1__preload_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let adjustStockRequest: MessageDescriptor = {
        var message = Holdfast__V1__AdjustStockRequest()
        holdfast__v1__adjust_stock_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let setSaleStateRequest: MessageDescriptor = {
        var message = Holdfast__V1__SetSaleStateRequest()
        holdfast__v1__set_sale_state_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let setProductStateRequest: MessageDescriptor = {
        var message = Holdfast__V1__SetProductStateRequest()
        holdfast__v1__set_product_state_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let listSalesRequest: MessageDescriptor = {
        var message = Holdfast__V1__ListSalesRequest()
        holdfast__v1__list_sales_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let getServerInfoRequest: MessageDescriptor = {
        var message = Holdfast__V1__GetServerInfoRequest()
        holdfast__v1__get_server_info_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let snapshotRequest: MessageDescriptor = {
        var message = Holdfast__V1__SnapshotRequest()
        holdfast__v1__snapshot_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let readRiskLogRequest: MessageDescriptor = {
        var message = Holdfast__V1__ReadRiskLogRequest()
        holdfast__v1__read_risk_log_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let blacklistAddRequest: MessageDescriptor = {
        var message = Holdfast__V1__BlacklistAddRequest()
        holdfast__v1__blacklist_add_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let blacklistRemoveRequest: MessageDescriptor = {
        var message = Holdfast__V1__BlacklistRemoveRequest()
        holdfast__v1__blacklist_remove_request__init(&message)
        return message.base.descriptor
    }()

    package nonisolated(unsafe) static let blacklistListRequest: MessageDescriptor = {
        var message = Holdfast__V1__BlacklistListRequest()
        holdfast__v1__blacklist_list_request__init(&message)
        return message.base.descriptor
    }()

    /// The request of a method that this version answers.
    package static func request(of method: Method) -> MessageDescriptor? {
        switch method {
        case .reserve: Self.reserveRequest
        case .confirm: Self.confirmRequest
        case .cancel: Self.cancelRequest
        case .extend: Self.extendRequest
        case .refund: Self.refundRequest
        case .getReservation: Self.getReservationRequest
        case .getStock: Self.getStockRequest
        case .checkRisk: Self.checkRiskRequest
        case .acquireLease: Self.acquireLeaseRequest
        case .renewLease: Self.renewLeaseRequest
        case .releaseLease: Self.releaseLeaseRequest
        case .ping: Self.pingRequest
        case .preload: Self.preloadRequest
        case .adjustStock: Self.adjustStockRequest
        case .setSaleState: Self.setSaleStateRequest
        case .setProductState: Self.setProductStateRequest
        case .listSales: Self.listSalesRequest
        case .getServerInfo: Self.getServerInfoRequest
        case .snapshot: Self.snapshotRequest
        case .readRiskLog: Self.readRiskLogRequest
        case .blacklistAdd: Self.blacklistAddRequest
        case .blacklistRemove: Self.blacklistRemoveRequest
        case .blacklistList: Self.blacklistListRequest
        default: nil
        }
    }
}
