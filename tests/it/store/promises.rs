//! The promises of every store, each a function over the trait. A store's own module runs them all by naming a macro
//! to `with_promises`.

pub mod changes;
pub mod claims;
pub mod deliveries;
pub mod docket;
pub mod evidence;
pub mod idempotency;
pub mod lanes;
pub mod lists;
pub mod logged;
pub mod orders;

/// Gives all promises to a macro.
macro_rules! with_promises {
    ($run:ident) => {
        $run! {
            orders::an_order_comes_back_as_it_was_given,
            orders::the_same_order_again_is_the_same_and_another_with_its_id_is_different,
            orders::what_is_not_there_is_none_and_not_an_error,
            orders::a_case_holds_all_that_is_known_of_an_order,
            orders::two_orders_naming_one_number_see_each_other,
            orders::a_seller_is_known_by_its_claims_on_other_orders,
            orders::times_are_kept_to_the_microsecond_and_due_times_never_come_early,
            changes::a_change_moves_the_order_by_one_revision,
            changes::a_change_at_an_old_revision_writes_nothing,
            changes::a_change_that_fails_halfway_writes_nothing,
            changes::events_of_an_order_count_up_by_one,
            changes::many_at_once_lose_nothing_and_leave_no_gap,
            changes::another_order_that_names_the_number_is_judged_again,
            changes::whoever_judged_without_the_other_claim_judges_again,
            changes::a_shipment_cannot_move_to_another_order,
            claims::a_look_is_given_when_it_is_due_and_not_before,
            claims::a_lease_keeps_work_from_others_until_it_ends,
            claims::writing_a_shipment_ends_its_lease,
            claims::a_judgement_leaves_a_look_to_whoever_makes_it,
            claims::the_oldest_is_claimed_first_and_no_more_than_asked,
            claims::claims_by_many_at_once_share_nothing,
            claims::judgements_are_claimed_like_looks,
            claims::timers_come_in_order_of_due_time,
            claims::the_next_due_is_the_earliest_of_all_kinds,
            claims::who_asks_for_one_kind_of_work_is_told_of_no_other,
            deliveries::each_endpoint_gets_the_types_that_it_wants,
            deliveries::a_delivery_waits_for_the_one_before_it,
            deliveries::orders_do_not_wait_for_each_other,
            deliveries::a_given_up_delivery_no_longer_blocks_its_order,
            deliveries::a_retry_comes_at_its_time,
            deliveries::a_lease_on_a_delivery_ends,
            deliveries::a_disabled_endpoints_events_wait,
            deliveries::an_endpoint_that_is_gone_is_disabled_and_its_delivery_kept,
            deliveries::a_late_result_does_not_take_back_a_delivery,
            deliveries::what_is_reported_under_a_lease_that_was_taken_over_is_refused,
            deliveries::that_an_endpoint_took_an_event_counts_under_any_lease,
            deliveries::what_comes_while_the_one_before_it_is_delivered_is_not_left_waiting,
            deliveries::an_attempt_at_nothing_is_an_error,
            deliveries::deliveries_are_listed_with_their_last_attempt,
            lanes::endpoints_take_turns_whatever_waits_for_each,
            lanes::no_endpoint_gets_more_than_there_is_room_for,
            lanes::a_lane_that_is_held_is_not_claimed_before_its_time,
            lanes::what_is_kept_of_a_lane_comes_back_with_a_claim,
            lanes::enabling_an_endpoint_forgets_how_it_did,
            lanes::attempts_are_recorded_together_or_not_at_all,
            evidence::a_body_comes_back_bit_for_bit,
            evidence::an_answer_without_a_body_has_none,
            evidence::a_body_that_is_not_the_recorded_one_is_refused,
            evidence::answers_and_verdicts_are_listed_newest_first,
            logged::every_claim_answer_and_verdict_is_logged_in_order_and_opened_by_what_is_kept,
            logged::what_was_not_written_is_not_logged_and_leaves_no_gap,
            idempotency::a_request_is_remembered_with_what_it_did,
            idempotency::a_key_is_taken_once_and_the_second_writes_nothing,
            idempotency::a_key_is_taken_once_even_by_two_at_the_same_time,
            idempotency::callers_do_not_share_keys,
            idempotency::a_different_order_is_not_remembered,
            idempotency::old_records_are_forgotten,
            lists::orders_come_newest_first_page_by_page,
            lists::events_come_in_the_order_of_writing_page_by_page,
            lists::deliveries_come_newest_first_page_by_page,
            lists::a_place_that_the_store_did_not_give_is_refused,
            lists::endpoints_and_keys_are_listed_oldest_first,
            lists::a_key_is_revoked_once,
            lists::a_ping_is_answered,
            docket::papers_come_back_as_they_were_given,
            docket::a_change_that_fails_halfway_leaves_no_paper,
            docket::a_standing_moves_from_the_revision_that_was_read_or_not_at_all,
            docket::disputes_are_listed_by_state_and_seller_newest_first,
            docket::a_file_is_stored_once_and_refused_where_it_is_not_the_recorded_one,
            docket::the_fall_of_a_bar_is_due_like_a_timer,
        }
    };
}
pub(crate) use with_promises;
