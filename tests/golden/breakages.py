"""The edits of edits.py: what is broken on purpose, and which tests must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """One change of the product that breaks a promise."""

    name: str
    old: str
    """Text that the package has exactly once, in any file."""
    new: str
    tests: tuple[str, ...]
    """Test functions, one of which must fail; with "[parameters]" only that case."""


EDITS = (
    # Which image is downloaded
    Edit(
        "forced-refresh-keeps-known-images",
        "    if forced:\n        return Decision",
        "    if forced and file is None:\n        return Decision",
        ("test_forced_run_fetches_every_image",),
    ),
    Edit(
        "forced-refresh-is-not-read",
        "        return bool(spider.arguments.force_refresh_images)",
        "        return False",
        ("test_first_repeated_and_forced_run",),
    ),
    Edit(
        "a-304-that-was-not-asked-for-confirms",
        "if response.status == 304 and may_confirm:",
        "if response.status == 304 and work.file:",
        ("test_hostile_input_costs_no_image",),
    ),
    Edit(
        "forced-refresh-skips-fresh-venues",
        "return self.force_update or self.force_refresh_images",
        "return self.force_update",
        ("test_arguments_decide_visits_and_completeness",),
    ),
    Edit(
        "forced-refresh-sends-validators",
        '        if decision.action == "revalidate":\n',
        '        if decision.action != "keep":\n',
        ("test_first_repeated_and_forced_run",),
    ),
    Edit(
        "forced-refresh-asks-the-http-cache",
        '"dont_cache": True,',
        '"dont_cache": False,',
        ("test_http_cache_answers_no_image_request",),
    ),
    Edit(
        "images-never-expire",
        "not timedelta(0) <= now - checked_at < expires_after",
        "not timedelta(0) <= now - checked_at",
        ("test_expired_by_checked_at",),
    ),
    Edit(
        "a-negative-age-is-fresh",
        "not timedelta(0) <= now - checked_at < expires_after",
        "not now - checked_at < expires_after",
        ("test_expired_by_checked_at",),
    ),
    Edit(
        "a-damaged-file-is-kept",
        '    if file != "ok":',
        '    if file == "missing":',
        ("test_only_intact_file_is_kept_or_revalidated",),
    ),
    Edit(
        "damage-of-the-same-size-is-overlooked",
        "    if found.modified_ns == modified_ns:\n",
        "    if found.bytes == bytes_:\n",
        ("test_compare_file_with_record",),
    ),
    Edit(
        "a-shared-url-is-requested-twice",
        "        self._fingerprint = fingerprint\n",
        "        self._fingerprint = lambda request: str(id(request)).encode()\n",
        ("test_shared_url_is_downloaded_once_into_each_folder",),
    ),
    Edit(
        "two-nights-count-an-image-twice",
        "        if outcome is None:\n            outcome = self._outcomes[key]",
        "        if outcome is None or not outcome.cancelled():\n            outcome = self._outcomes[key]",
        ("test_two_nights_a_week_are_two_events",),
    ),
    # Never worse
    Edit(
        "old-file-removed-before-writing",
        "                announce_step(Step.WRITTEN, path)\n",
        "                with suppress(FileNotFoundError):\n"
        "                    os.unlink(target)\n"
        "                announce_step(Step.WRITTEN, path)\n",
        ("test_killed_write_leaves_whole_file_and_known_temporary",),
    ),
    Edit(
        "folder-not-synced",
        "for directory in (folder, *parents):",
        "for directory in parents:",
        ("test_write_syncs_new_folders_before_it_returns",),
    ),
    Edit(
        "a-row-may-name-a-file-that-is-gone",
        "if files is not None and not is_written(files, after):",
        "if files is not None and not after.path:",
        ("test_file_lost_before_its_row_is_written_again",),
    ),
    Edit(
        "superseded-file-removed-too-early",
        "        for _ in range(_WRITES):\n",
        "        for each in replaced:\n"
        "            if each.record is not record:\n"
        "                self.files.remove(str(each.record.path))\n"
        "        for _ in range(_WRITES):\n",
        ("test_superseded_file_stays_until_event_is_stored",),
    ),
    Edit(
        "old-format-removed-before-writing",
        "        check_path(path)\n        work.outcome = await",
        "        check_path(path)\n        self.files.remove(work.record.path or path)\n        work.outcome = await",
        ("test_crash_at_any_step_leaves_old_or_new_image",),
    ),
    Edit(
        "the-superseded-file-stays",
        "if recorded.superseded:",
        "if not recorded.superseded:",
        ("test_image_under_new_url_replaces_old_file",),
    ),
    Edit(
        "a-file-that-a-row-names-is-removed",
        "named = {path for row in rows for path in (row.path, *row.thumbs.values())}",
        "named = {path for row in rows for path in row.thumbs.values()}",
        ("test_remove_unreferenced_keeps_files_that_rows_name[sqlite]",),
    ),
    Edit(
        "a-replaced-image-is-not-kept",
        "                self.files.keep(str(record.path), original)\n",
        "                pass\n",
        ("test_restore_brings_image_back_and_can_be_undone",),
    ),
    Edit(
        "a-pin-does-not-hold-against-a-forced-refresh",
        'if pinned and file == "ok":',
        'if pinned and file == "ok" and not forced:',
        ("test_pinned_image_is_kept",),
    ),
    Edit(
        "a-crash-costs-the-file-of-a-replaced-image",
        "{path for path, digest in digests.items() if digest in stored}",
        "set()",
        ("test_kept_file_without_row_may_be_needed[sqlite]",),
    ),
    Edit(
        "one-image-for-many-venues-is-not-reported",
        ".having(number >= ALIKE_VENUES,",
        ".having(number > 1000,",
        ("test_common_image_of_many_venues_is_reported_and_undone",),
    ),
    Edit(
        "a-restored-image-is-confirmed",
        'dict.fromkeys(("fetched_at", "checked_at", "etag", "last_modified"))',
        'dict.fromkeys(("fetched_at",))',
        ("test_restore_brings_image_back_and_can_be_undone",),
    ),
    Edit(
        "a-refused-image-costs-the-good-file",
        "            image = self.examine(body, sha256, thumbs=convert is None)\n",
        "            try:\n"
        "                image = self.examine(body, sha256, thumbs=convert is None)\n"
        "            except ImageError:\n"
        "                self.files.remove(work.record.path or work.record.stem)\n"
        "                raise\n",
        ("test_failed_refresh_keeps_object",),
    ),
    Edit(
        "a-failed-download-moves-the-pointer",
        '        if result.status != "failed"\n    ]',
        "    ]",
        ("test_failed_refresh_keeps_image_and_reports_reason",),
    ),
    Edit(
        "failure-without-the-last-good-image",
        'return self.record if self.file == "ok" else self.fallback',
        'return self.record if self.file == "missing" else self.fallback',
        ("test_failed_refresh_keeps_image_and_reports_reason",),
    ),
    Edit(
        "placeholder-replaces-own-image",
        "others >= PLACEHOLDER_VENUES",
        "others > PLACEHOLDER_VENUES",
        ("test_placeholder_was_shown_by_many_venues_before[sqlite]",),
    ),
    Edit(
        "images-of-this-run-are-placeholders",
        'images.c.written_by_run < bindparam("of_run")',
        'images.c.written_by_run <= bindparam("of_run")',
        ("test_placeholder_was_shown_by_many_venues_before[sqlite]",),
    ),
    Edit(
        "two-urls-share-a-file",
        "return f\"{stem[: MAX_BYTES - _DIGEST_LENGTH - 1].rstrip('.-')}-{short_digest(identity)}\"",
        "return f\"{stem[: MAX_BYTES - _DIGEST_LENGTH - 1].rstrip('.-')}-{short_digest(stem)}\"",
        ("test_distinct_stem_differs_by_url",),
    ),
    # Which images get in
    Edit(
        "images-are-not-stored-as-served",
        "stat = self.files.write(path, body)",
        'stat = self.files.write(path, body + b" ")',
        ("test_forced_refresh_replaces_images_of_fresh_venue",),
    ),
    Edit(
        "decompression-bombs-are-decoded",
        "if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:",
        "if max(width, height) > MAX_SIDE:",
        ("test_too_many_pixels_are_refused_before_decoding",),
    ),
    Edit(
        "formats-that-are-not-kept-get-in",
        "FORMATS = (JPEG, PNG, WEBP, GIF, AVIF)",
        'FORMATS = (JPEG, PNG, WEBP, GIF, AVIF, ImageFormat("BMP", ("bmp",), re.compile(b"BM").match, _read_webp))',
        ("test_other_bytes_are_refused_with_reason",),
    ),
    Edit(
        "truncated-images-get-in",
        "                image.load()\n                made =",
        "                from PIL import ImageFile\n\n"
        "                ImageFile.LOAD_TRUNCATED_IMAGES = True\n"
        "                image.load()\n"
        "                made =",
        ("test_truncated_image_is_refused",),
    ),
    Edit(
        "animations-are-not-read-to-their-end",
        "            if moving:\n                _read_frames(image)\n",
        "",
        ("test_animation_without_last_frames_is_refused",),
    ),
    Edit(
        "thumbnails-are-not-turned-upright",
        "return reduced if turn is None else reduced.transpose(turn)",
        "return reduced",
        ("test_rotated_photograph_has_upright_thumbnail",),
    ),
    Edit(
        "transparent-thumbnails-are-black",
        'Image.new("RGB", layer.size, "white")',
        'Image.new("RGB", layer.size, "black")',
        ("test_transparent_pixels_are_white_in_thumbnail",),
    ),
    # The network
    Edit(
        "private-ipv4-addresses-are-public",
        "    return ip.is_global and not ip.is_multicast",
        "    return True",
        ("test_private_address_is_refused",),
    ),
    Edit(
        "private-addresses-inside-ipv6",
        "            ip = embedded\n",
        "            return True\n",
        ("test_embedded_ipv4_address_decides",),
    ),
    Edit(
        "private-addresses-by-name",
        "if name in self.allowed or name == self.only or is_public(address):",
        "if name in self.allowed or name == self.only or address:",
        ("test_host_with_private_address_is_refused",),
    ),
    Edit(
        "headers-are-not-bounded",
        "if self._header_bytes > MOST_HEADER_BYTES + _SLICE:",
        "if self._header_bytes < 0:",
        ("test_headers_without_end_are_refused",),
    ),
    Edit(
        "pages-may-redirect-to-other-sites",
        "if isinstance(answer, Request) and is_page and",
        "if isinstance(answer, Request) and not is_page and",
        ("test_page_redirect_to_another_site_is_refused",),
    ),
    Edit(
        "the-sandbox-gets-the-password-of-a-proxy",
        'routed.headers.pop("Proxy-Authorization", None)',
        "pass",
        ("test_sandbox_ignores_environment_proxy",),
    ),
    Edit(
        "redirect-to-a-private-address",
        "        check_url(request.url, self.allowed)",
        '        if "redirect_times" not in request.meta:\n            check_url(request.url, self.allowed)',
        ("test_hostile_input_costs_no_image",),
    ),
    Edit(
        "broken-robots-txt-allows",
        "if response.status >= 500:",
        "if response.status >= 600:",
        ("test_missing_robots_txt_allows_and_broken_forbids",),
    ),
    Edit(
        "retry-after-has-no-limit",
        "return min(max(wait, 0.0), longest)",
        "return max(wait, 0.0)",
        ("test_retry_after_is_read_and_capped",),
    ),
    Edit(
        "retry-after-is-not-respected",
        "            if remaining <= 0:\n                return",
        "            if remaining > 0:\n                return",
        ("test_retry_after_is_obeyed_then_image_arrives",),
    ),
    # Venues
    Edit(
        "the-place-alone-is-a-match",
        'if name == place == "sure" and',
        'if place == "sure" and',
        ("test_same_needs_name_and_place",),
    ),
    Edit(
        "the-name-alone-is-a-match",
        'if name == place == "sure" and',
        'if name == "sure" and',
        ("test_same_needs_name_and_place", "test_compare_decides_the_pairs_of_the_table"),
    ),
    Edit(
        "a-merged-slug-is-given-again",
        'if connection.scalar(_WAS_MERGED, {"of_slug": slug}) is not None:',
        'if connection.scalar(_WAS_MERGED, {"of_slug": f"{slug}/"}) is not None:',
        ("test_slug_of_a_merged_venue_is_never_reused[sqlite]",),
    ),
    Edit(
        "a-renamed-venue-gets-another-slug",
        'values = {**changed, "postcode_key": key, "updated_at": now}',
        'values = {**changed, "postcode_key": key, "updated_at": now, "slug": facts["name"].lower().replace(" ", "-")}',
        ("test_renamed_venue_keeps_slug_and_images",),
    ),
    Edit(
        "another-publisher-overrules-the-first",
        'only_unknown=not stored["is_own"]',
        "only_unknown=False",
        ("test_second_publisher_only_fills_in_unknown_fields[sqlite]",),
    ),
    # Events and their history
    Edit(
        "absent-values-erase-stored-ones",
        "if new is None and rule is not Rule.OVERWRITE and column not in overruled:",
        "if new is None and rule is Rule.FIRST and column not in overruled:",
        ("test_sparse_page_erases_nothing[sqlite]",),
    ),
    Edit(
        "a-second-night-replaces-the-first",
        " and _slot(night) not in slots]",
        "]",
        ("test_moved_night_does_not_depend_on_storing_order",),
    ),
    Edit(
        "a-night-that-moves-is-a-new-event",
        "return next(iter(same or free), None)",
        "return next(iter(same), None)",
        ("test_nights_are_separate_events_also_after_moving[sqlite]",),
    ),
    Edit(
        "changes-leave-no-history",
        "        if reported:\n            record_history(",
        "        if reported and stored is None:\n            record_history(",
        ("test_changes_of_any_type_are_recorded[sqlite]",),
    ),
    Edit(
        "a-failing-event-is-stored-in-part",
        "with self._translated_errors(), self.engine.begin() as connection:",
        "with self._translated_errors(), self.engine.connect() as connection:\n"
        '            connection = connection.execution_options(isolation_level="AUTOCOMMIT")',
        ("test_failing_event_stores_nothing[sqlite]",),
    ),
    Edit(
        "an-event-that-cannot-be-stored-is-lost",
        "            spill_event(self.spill_file, self.id, item)\n",
        "            pass\n",
        ("test_refused_event_is_spilled_and_replayed",),
    ),
    Edit(
        "gone-needs-a-fourth-run",
        'status = "gone" if missed >= gone_after else "missing"',
        'status = "gone" if missed > gone_after else "missing"',
        ("test_gone_after_third_clean_run_and_back_when_listed",),
    ),
    Edit(
        "limited-runs-count-absences",
        'if self.outcome.verdict == "passed" and spider.arguments.complete:',
        'if self.outcome.verdict == "passed":',
        ("test_incomplete_run_marks_nothing_missing",),
    ),
    Edit(
        "failed-runs-count-absences",
        'if self.outcome.verdict == "passed" and spider.arguments.complete:',
        "if spider.arguments.complete:",
        ("test_broken_listing_marks_nothing_missing",),
    ),
    # Runs
    Edit(
        "a-failed-run-exits-with-0",
        "        sentence = run.sentence(publisher, most=_REASONS)\n    else:\n",
        "        return OK\n    else:\n",
        ("test_unknown_venue_fails_run_by_name",),
    ),
    Edit(
        "wrong-usage-exits-with-1",
        "sys.exit(complain(command, error, error.exit_code))",
        "sys.exit(complain(command, error, FAILED))",
        ("test_wrong_spider_argument_exits_2_without_request",),
    ),
    Edit(
        "already-running-exits-with-1",
        "return complain(command, sentence, ALREADY_RUNNING)",
        "return complain(command, sentence, FAILED)",
        ("test_second_run_of_publisher_exits_75_without_request",),
    ),
    Edit(
        "the-publishers-lock-is-shared",
        "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        ("test_publisher_lock_is_exclusive_within_one_process[sqlite]",),
    ),
    Edit(
        "the-limit-itself-fails-a-run",
        "if failed > whole * limit:",
        "if failed >= whole * limit:",
        ("test_counts_decide",),
    ),
    Edit(
        "a-listing-may-shrink",
        "if listed and listed < (listed_before or 0) * (1 - shrink):",
        "if listed and listed_before and listed > listed_before * 1000:",
        ("test_broken_listing_marks_nothing_missing",),
    ),
    Edit(
        "a-cancelled-download-is-lost-for-other-items",
        "if not in_flight.cancelled():",
        "if in_flight.done():",
        ("test_cancelled_download_is_sent_again_for_waiting_items",),
    ),
    Edit(
        "dead-selectors-pass",
        "return now.found < now.of * (usual.share - drop - chance)",
        "return False",
        ("test_vanished_field_fails_run_by_name",),
    ),
    Edit(
        "a-dry-run-writes-to-the-database",
        "DryRunStore(url) if self.is_dry else Store(url)",
        "Store(url)",
        ("test_dry_run_writes_nothing_and_shows_changes",),
    ),
    Edit(
        "a-dry-run-writes-images",
        "OverlayFileStore(files) if self.is_dry else files",
        "files",
        ("test_dry_run_writes_nothing_and_shows_changes",),
    ),
    Edit(
        "live-crawl-into-the-sandbox-store",
        "if before is None or before == source:",
        'if before is None or source == "live":',
        ("test_real_publishers_are_refused_on_sandbox_store",),
    ),
    Edit(
        "every-crawl-is-a-run",
        "if not is_run(crawler):\n            raise NotConfigured(",
        'if not crawler.settings["COMMANDS_MODULE"]:\n            raise NotConfigured(',
        ("test_plain_spider_crawls_without_run", "test_fetch_shell_parse_and_check_make_no_run"),
    ),
    Edit(
        "a-stop-is-not-announced",
        "        crawler.signals.send_catch_log(stopping)\n",
        "",
        ("test_scripts_and_runspider_stop_within_seconds",),
    ),
    Edit(
        "a-runner-resolves-private-addresses",
        "        PublicResolver.ensure_installed(crawler)\n",
        "",
        ("test_script_makes_same_runs_as_scrapy_crawl",),
    ),
    Edit(
        "a-job-repeats-its-pages",
        "                self.queued[publisher_id] = found\n                return False\n",
        "                pass\n",
        ("test_resumed_job_requests_no_page_twice",),
    ),
    Edit(
        "wrong-numbers-in-settings-are-accepted",
        "if not isfinite(found) or not least <= found <= most or (above and found == least):",
        "if not isfinite(found):",
        ("test_wrong_value_names_the_setting",),
    ),
    Edit(
        "wrong-ages-in-settings-are-accepted",
        "number(0, MOST_DAYS), meaning)",
        "number(-MOST_DAYS, MOST_DAYS), meaning)",
        ("test_invalid_age_is_refused",),
    ),
    # Text to values
    Edit(
        "a-start-time-is-invented",
        "start_time = next(iter(night.clocks)) if len(night.clocks) == 1 else None",
        'start_time = next(iter(night.clocks), "19:00")',
        ("test_text_without_number_has_no_time",),
    ),
    Edit(
        "noon-is-midnight",
        'hour = hour % 12 + (12 if "p" in meridiem else 0)',
        'hour = hour + (12 if "p" in meridiem else 0)',
        ("test_start_times_of_all_weekdays_are_read",),
    ),
    Edit(
        "a-night-that-ended-is-still-held",
        "    if any(map(_ENDED.search, lines))",
        "    if any(map(_ENDED.fullmatch, lines))",
        ("test_text_matches_its_row",),
    ),
    Edit(
        "an-unknown-fee-is-free",
        "if len(found) != 1 or _UNCLEAR in found:\n        return Fee(raw=kept)",
        "if len(found) != 1 or _UNCLEAR in found:\n        return Fee(kept, 0)",
        ("test_other_values_have_no_fee",),
    ),
    Edit(
        "a-prize-is-a-fee",
        "    if _PRIZE.search(clause):\n        return []\n",
        "",
        ("test_text_matches_its_row",),
    ),
    # What others get
    Edit(
        "cells-may-be-formulas",
        r"""_FORMULA = re.compile(rf"{_CELL}(?=\s*[=+\-@＝＋－＠'])")""",
        r"""_FORMULA = re.compile(rf"{_CELL}(?=\s*[='])")""",
        ("test_cells_are_not_formulas_and_can_be_restored",),
    ),
    Edit(
        "control-characters-reach-the-terminal",
        r"""return _DIRECTIONS.sub("", _CONTROLS.sub("\ufffd", text))""",
        r"""return _DIRECTIONS.sub("", text)""",
        ("test_output_has_no_control_characters",),
    ),
    Edit(
        "exported-json-may-close-a-script",
        "    return text.translate(_IN_PAGES)",
        "    return text",
        ("test_json_lines_match_the_schema_and_are_inert",),
    ),
    Edit(
        "an-export-removes-the-old-file-first",
        '            _reached("file.begun", target)',
        '            target.unlink(missing_ok=True)\n            _reached("file.begun", target)',
        ("test_killed_writing_leaves_old_or_new_file",),
    ),
    Edit(
        "publishing-removes-the-old-site-first",
        '        _reached("directory.complete", name)',
        '        link.unlink(missing_ok=True)\n        _reached("directory.complete", name)',
        ("test_killed_publishing_leaves_a_whole_directory",),
    ),
    Edit(
        "publishing-replaces-foreign-directory",
        "    if not ours:\n        raise OutputError(",
        "    if not ours and link is None:\n        raise OutputError(",
        ("test_foreign_directory_is_not_replaced",),
    ),
    Edit(
        "calendars-invent-a-start-time",
        "if first is None or schedule.start_time is None or zone is None:\n        return first\n    "
        "return datetime.combine(first, time.fromisoformat(schedule.start_time), zone)",
        "if first is None or zone is None:\n        return first\n    return datetime.combine("
        'first, time.fromisoformat(schedule.start_time or "19:00"), zone)',
        ("test_calendars_match_schedules_in_two_parsers",),
    ),
    Edit(
        "search-data-without-free-nights",
        '    if night.is_free:\n        entry["free"] = True\n',
        "",
        ("test_filters_find_stored_venues",),
    ),
    # Operation
    Edit(
        "the-newest-change-is-pruned",
        "return _in_batches(store, history, history.c.at < before, _IS_OUTDATED, dry=dry)",
        "return _in_batches(store, history, history.c.at < before, dry=dry)",
        ("test_old_rows_are_deleted_except_those_compared_with[sqlite]",),
    ),
    Edit(
        "the-newest-feed-is-pruned",
        "*others, _ = sorted(feeds, key=_modified)",
        "others = sorted(feeds, key=_modified)",
        ("test_newest_feed_is_kept_at_any_age",),
    ),
    Edit(
        "feeds-since-the-last-good-run-are-pruned",
        "limit = min(before, last_good.get(folder.name, before)).timestamp()",
        "limit = before.timestamp()",
        ("test_newest_feed_is_kept_at_any_age",),
    ),
    Edit(
        "a-dump-is-loaded-into-a-full-database",
        "if table is not store_identity and connection.execute(select(1).select_from(table).limit(1)).first():",
        'if table.name == "runs" and False:',
        ("test_refused_load_is_one_sentence",),
    ),
    Edit(
        "passwords-in-addresses-are-shown",
        "render_as_string(hide_password=True)",
        "render_as_string(hide_password=False)",
        ("test_failing_url_is_one_sentence_without_password",),
    ),
    Edit(
        "passwords-in-errors-are-shown",
        'text = text.replace(spelling, "***")',
        "text = text.replace(spelling, spelling)",
        ("test_failing_url_is_one_sentence_without_password",),
    ),
    Edit(
        "a-publisher-gets-a-second-plan",
        "            for job in await self._unended(publisher):\n                raise BusyError(",
        "            for job in (await self._unended(publisher))[:0]:\n                raise BusyError(",
        ("test_publisher_is_planned_once_until_job_ends",),
    ),
    Edit(
        "shard-runs-of-0.1.0-are-evidence",
        '_IS_GOOD = and_(runs.c.verdict == "passed", IS_WHOLE)',
        '_IS_GOOD = and_(runs.c.verdict == "passed")',
        ("test_shard_runs_do_not_count",),
    ),
    Edit(
        "waiting-shards-of-0.1.0-crawl-the-whole-publisher",
        "        if shard != WHOLE:",
        "        if not shard:",
        ("test_old_shard_jobs_fail_and_whole_crawls_run",),
    ),
    Edit(
        "every-failed-run-sends-an-alert",
        'return state in {"passed", "warned", "failed"} and state != (sent or "passed")',
        'return state in {"passed", "warned", "failed"} and (state, sent) != ("passed", None)',
        ("test_is_news",),
    ),
    Edit(
        "an-alert-that-one-receiver-missed-goes-to-all",
        "counts |= {f",
        "_ = {f",
        ("test_alert_is_repeated_only_to_failed_receiver",),
    ),
    Edit(
        "alerts-follow-redirects",
        "plugin.redirects = False",
        "plugin.redirects = True",
        ("test_failed_receiver_gets_alert_from_next_run",),
    ),
    Edit(
        "alerts-carry-the-password-of-netrc",
        '{"NETRC": os.devnull, ',
        '{"NETRC": os.environ.get("NETRC", ""), ',
        ("test_alert_once_at_failure_and_once_at_recovery",),
    ),
    Edit(
        "alerts-keep-markup",
        "return text.translate(_MARKUP)",
        "return text",
        ("test_markup_and_control_characters_are_removed",),
    ),
    Edit(
        "no-publisher-is-ever-stale",
        "is_due, verdict = due is not None and due < now,",
        "is_due, verdict = due is not None and due > now,",
        ("test_publisher_with_old_good_run_is_stale",),
    ),
    Edit(
        "an-upgrade-makes-no-copy",
        "copy = _copy_beside(engine, connection, before)",
        "copy = None",
        ("test_upgrade_keeps_rows_and_copies_sqlite_file[sqlite]",),
    ),
    Edit(
        "a-look-makes-a-database",
        "if not make and is_missing(self._address):",
        "if False:",
        ("test_missing_database_is_not_created",),
    ),
    Edit(
        "a-look-folds-a-write-ahead-log-in",
        'return {"mode": "ro"}',
        'return {"mode": "rw"}',
        ("test_copied_write_ahead_log_is_read_unchanged",),
    ),
    Edit(
        "a-store-of-another-database-is-taken",
        "if store_id != recorded.store_id:",
        "if False:",
        ("test_store_of_another_database_is_refused",),
    ),
    Edit(
        "a-disk-that-is-not-mounted-is-filled",
        "if recorded.samples and not may_be_empty:",
        "if False:",
        ("test_empty_store_of_a_filled_database_is_refused",),
    ),
    Edit(
        "a-site-of-another-database-is-replaced",
        "if previous >= _FEW and 2 * venues < previous:",
        "if False:",
        ("test_a_publication_that_would_lose_most_of_its_venues_stays",),
    ),
    Edit(
        "a-new-database-is-there-before-it-is-whole",
        "part = Path(directory, target.name)",
        "part = target.with_name(f'{target.name}.part')",
        ("test_load_new_makes_only_a_complete_file",),
    ),
)
