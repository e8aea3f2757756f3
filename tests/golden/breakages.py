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
        ("test_a_forced_run_fetches_whatever_is_known",),
    ),
    Edit(
        "forced-refresh-is-not-read",
        "        return bool(spider.arguments.force_refresh_images)",
        "        return False",
        ("test_first_run_again_and_forced",),
    ),
    Edit(
        "a-304-that-was-not-asked-for-confirms",
        "if response.status == 304 and may_confirm:",
        "if response.status == 304 and work.file:",
        ("test_hostile_input_costs_no_venue_its_image",),
    ),
    Edit(
        "forced-refresh-skips-fresh-venues",
        "return self.force_update or self.force_refresh_images",
        "return self.force_update",
        ("test_what_the_arguments_mean_for_the_run",),
    ),
    Edit(
        "forced-refresh-sends-validators",
        '        if decision.action == "revalidate":\n',
        '        if decision.action != "keep":\n',
        ("test_first_run_again_and_forced",),
    ),
    Edit(
        "forced-refresh-asks-the-http-cache",
        '"dont_cache": True,',
        '"dont_cache": False,',
        ("test_an_http_cache_does_not_answer_for_the_publisher",),
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
        ("test_nothing_but_a_whole_file_is_ever_kept_or_revalidated",),
    ),
    Edit(
        "damage-of-the-same-size-is-overlooked",
        "    if found.modified_ns == modified_ns:\n",
        "    if found.bytes == bytes_:\n",
        ("test_a_file_is_compared_with_what_was_recorded",),
    ),
    Edit(
        "a-shared-url-is-requested-twice",
        "        self._fingerprint = fingerprint\n",
        "        self._fingerprint = lambda request: str(id(request)).encode()\n",
        ("test_one_url_of_two_venues_is_one_download_and_a_file_in_each_folder",),
    ),
    Edit(
        "two-nights-count-an-image-twice",
        "        if outcome is None:\n            outcome = self._outcomes[key]",
        "        if outcome is None or not outcome.cancelled():\n            outcome = self._outcomes[key]",
        ("test_a_kept_image_of_two_nights_is_counted_once",),
    ),
    # Never worse
    Edit(
        "old-file-removed-before-writing",
        "                reached(Step.WRITTEN, path)\n",
        "                with suppress(FileNotFoundError):\n"
        "                    os.unlink(target)\n"
        "                reached(Step.WRITTEN, path)\n",
        ("test_a_process_that_dies_leaves_the_old_file_or_the_new_and_its_remains_are_known",),
    ),
    Edit(
        "folder-not-synced",
        "for directory in (folder, *parents):",
        "for directory in parents:",
        ("test_a_new_folder_is_on_the_disk_before_its_file_counts_as_written",),
    ),
    Edit(
        "a-row-may-name-a-file-that-is-gone",
        "if files is not None and not is_written(files, after):",
        "if files is not None and not after.path:",
        ("test_an_image_that_is_gone_before_it_has_its_row_is_written_again_but_not_for_ever",),
    ),
    Edit(
        "superseded-file-removed-too-early",
        "        for _ in range(_WRITES):\n",
        "        for each in replaced:\n"
        "            if each.record is not record:\n"
        "                self.files.remove(str(each.record.path))\n"
        "        for _ in range(_WRITES):\n",
        ("test_the_shown_image_stays_until_its_event_is_stored",),
    ),
    Edit(
        "old-format-removed-before-writing",
        "        check_path(path)\n        work.outcome = await",
        "        check_path(path)\n        self.files.remove(work.record.path or path)\n        work.outcome = await",
        ("test_a_crash_at_any_step_leaves_the_old_image_or_the_new_one",),
    ),
    Edit(
        "the-superseded-file-stays",
        "if recorded.superseded:",
        "if not recorded.superseded:",
        ("test_image_under_a_new_url_replaces_the_old_file",),
    ),
    Edit(
        "a-file-that-a-row-names-is-removed",
        "named = {path for row in rows for path in (row.path, *row.thumbs.values())}",
        "named = {path for row in rows for path in row.thumbs.values()}",
        ("test_only_files_that_no_row_names_are_removed[sqlite]",),
    ),
    Edit(
        "a-replaced-image-is-not-kept",
        "                self.files.keep(str(record.path), original)\n",
        "                pass\n",
        ("test_a_replaced_image_comes_back_and_the_restore_can_be_undone",),
    ),
    Edit(
        "a-pin-does-not-hold-against-a-forced-refresh",
        'if pinned and file == "ok":',
        'if pinned and file == "ok" and not forced:',
        ("test_a_pinned_image_is_kept_against_the_publisher",),
    ),
    Edit(
        "a-crash-costs-the-file-of-a-replaced-image",
        "{path for path, digest in digests.items() if digest in stored}",
        "set()",
        ("test_a_kept_file_without_a_row_is_needed_while_the_ledger_has_its_bytes[sqlite]",),
    ),
    Edit(
        "one-image-for-many-venues-is-not-reported",
        ".having(number >= ALIKE_VENUES,",
        ".having(number > 1000,",
        ("test_a_stand_in_of_many_venues_is_named_and_taken_back",),
    ),
    Edit(
        "a-restored-image-is-confirmed",
        'dict.fromkeys(("fetched_at", "checked_at", "etag", "last_modified"))',
        'dict.fromkeys(("fetched_at",))',
        ("test_a_replaced_image_comes_back_and_the_restore_can_be_undone",),
    ),
    Edit(
        "a-refused-image-costs-the-good-file",
        "            image = self.examine(body, sha256, thumbs=convert is None)\n",
        "            try:\n"
        "                image = self.examine(body, sha256, thumbs=convert is None)\n"
        "            except ImageError:\n"
        "                self.files.remove(work.record.path or work.record.stem)\n"
        "                raise\n",
        ("test_a_failed_refresh_leaves_the_object",),
    ),
    Edit(
        "a-failed-download-moves-the-pointer",
        '        if result.status != "failed"\n    ]',
        "    ]",
        ("test_failed_refresh_leaves_the_good_image_and_says_why",),
    ),
    Edit(
        "failure-without-the-last-good-image",
        'return self.record if self.file == "ok" else self.fallback',
        'return self.record if self.file == "missing" else self.fallback',
        ("test_failed_refresh_leaves_the_good_image_and_says_why",),
    ),
    Edit(
        "placeholder-replaces-own-image",
        "others >= PLACEHOLDER_VENUES",
        "others > PLACEHOLDER_VENUES",
        ("test_a_stand_in_is_what_many_others_had_before_the_run[sqlite]",),
    ),
    Edit(
        "images-of-this-run-are-placeholders",
        'images.c.written_by_run < bindparam("of_run")',
        'images.c.written_by_run <= bindparam("of_run")',
        ("test_a_stand_in_is_what_many_others_had_before_the_run[sqlite]",),
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
        ("test_forced_refresh_reaches_hero_and_performer_of_a_venue_scraped_just_now",),
    ),
    Edit(
        "decompression-bombs-are-decoded",
        "if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:",
        "if max(width, height) > MAX_SIDE:",
        ("test_too_many_pixels_are_refused_before_they_are_decoded",),
    ),
    Edit(
        "formats-that-are-not-kept-get-in",
        '_FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF"]',
        '_FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF", "EPS", "PPM"]',
        ("test_what_is_no_image_of_a_kept_format_is_refused_with_its_reason",),
    ),
    Edit(
        "truncated-images-get-in",
        "                image.load()\n                made =",
        "                from PIL import ImageFile\n\n"
        "                ImageFile.LOAD_TRUNCATED_IMAGES = True\n"
        "                image.load()\n"
        "                made =",
        ("test_an_image_that_is_cut_short_is_refused",),
    ),
    Edit(
        "animations-are-not-read-to-their-end",
        "            if moving:\n                _read_frames(image)\n",
        "",
        ("test_an_animation_that_lacks_its_last_frames_is_refused",),
    ),
    Edit(
        "thumbnails-are-not-turned-upright",
        "return reduced if turn is None else reduced.transpose(turn)",
        "return reduced",
        ("test_a_turned_photograph_has_an_upright_thumbnail_and_its_own_size",),
    ),
    Edit(
        "transparent-thumbnails-are-black",
        'Image.new("RGB", layer.size, "white")',
        'Image.new("RGB", layer.size, "black")',
        ("test_what_is_transparent_is_white_in_a_thumbnail",),
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
        ("test_a_name_that_leads_to_a_private_address_is_not_connected_to",),
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
        ("test_a_proxy_of_the_environment_is_neither_asked_nor_told_to_the_sandbox",),
    ),
    Edit(
        "redirect-to-a-private-address",
        "        check_url(request.url, self.allowed)",
        '        if "redirect_times" not in request.meta:\n            check_url(request.url, self.allowed)',
        ("test_hostile_input_costs_no_venue_its_image",),
    ),
    Edit(
        "broken-robots-txt-allows",
        "if response.status >= 500:",
        "if response.status >= 600:",
        ("test_a_missing_robots_txt_allows_and_a_broken_one_forbids",),
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
        ("test_a_pause_that_a_host_asks_for_is_kept_and_then_the_image_arrives",),
    ),
    # Venues
    Edit(
        "the-place-alone-is-a-match",
        'if name == place == "sure" and',
        'if place == "sure" and',
        ("test_neither_name_nor_place_alone_is_enough",),
    ),
    Edit(
        "the-name-alone-is-a-match",
        'if name == place == "sure" and',
        'if name == "sure" and',
        ("test_neither_name_nor_place_alone_is_enough", "test_a_pair_of_the_table"),
    ),
    Edit(
        "a-merged-slug-is-given-again",
        'if connection.scalar(_WAS_MERGED, {"of_slug": slug}) is not None:',
        'if connection.scalar(_WAS_MERGED, {"of_slug": f"{slug}/"}) is not None:',
        ("test_a_slug_that_was_merged_away_is_never_given_again[sqlite]",),
    ),
    Edit(
        "a-renamed-venue-gets-another-slug",
        'values = {**changed, "postcode_key": key, "updated_at": now}',
        'values = {**changed, "postcode_key": key, "updated_at": now, "slug": facts["name"].lower().replace(" ", "-")}',
        ("test_a_renamed_venue_keeps_its_slug_and_its_images",),
    ),
    Edit(
        "another-publisher-overrules-the-first",
        'only_unknown=not stored["is_own"]',
        "only_unknown=False",
        ("test_a_second_publisher_fills_in_and_never_argues[sqlite]",),
    ),
    # Events and their history
    Edit(
        "absent-values-erase-stored-ones",
        "if new is None and rule is not Rule.OVERWRITE and column not in overruled:",
        "if new is None and rule is Rule.FIRST and column not in overruled:",
        ("test_a_sparse_page_after_a_full_one_erases_nothing[sqlite]",),
    ),
    Edit(
        "a-second-night-replaces-the-first",
        " and _slot(night) not in slots]",
        "]",
        ("test_which_night_moved_does_not_depend_on_which_is_stored_first",),
    ),
    Edit(
        "a-night-that-moves-is-a-new-event",
        "return next(iter(same or free), None)",
        "return next(iter(same), None)",
        ("test_one_venue_of_two_nights_is_two_events_and_a_moved_one_stays_itself[sqlite]",),
    ),
    Edit(
        "changes-leave-no-history",
        "        if reported:\n            record_history(",
        "        if reported and stored is None:\n            record_history(",
        ("test_a_changed_value_of_any_kind_is_history[sqlite]",),
    ),
    Edit(
        "a-failing-event-is-stored-in-part",
        "with self._explained(), self.engine.begin() as connection:",
        'with self._explained(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:',
        ("test_an_event_that_cannot_be_stored_leaves_nothing_of_itself[sqlite]",),
    ),
    Edit(
        "an-event-that-cannot-be-stored-is-lost",
        "            spill(self.spill_file, self.id, item)\n",
        "            pass\n",
        ("test_what_the_database_would_not_take_waits_in_a_file_and_is_replayed",),
    ),
    Edit(
        "gone-needs-a-fourth-run",
        'status = "gone" if missed >= gone_after else "missing"',
        'status = "gone" if missed > gone_after else "missing"',
        ("test_gone_after_the_third_clean_run_and_back_when_seen",),
    ),
    Edit(
        "limited-runs-count-absences",
        'if self.outcome.verdict == "passed" and spider.arguments.complete:',
        'if self.outcome.verdict == "passed":',
        ("test_a_run_that_is_not_whole_counts_nothing_as_missing",),
    ),
    Edit(
        "failed-runs-count-absences",
        'if self.outcome.verdict == "passed" and spider.arguments.complete:',
        "if spider.arguments.complete:",
        ("test_a_listing_that_is_not_to_be_trusted_marks_nothing",),
    ),
    # Runs
    Edit(
        "a-failed-run-exits-with-0",
        "        sentence = run.sentence(publisher, most=_REASONS)\n    else:\n",
        "        return OK\n    else:\n",
        ("test_unknown_venue_fails_by_name",),
    ),
    Edit(
        "wrong-usage-exits-with-1",
        "sys.exit(complain(command, error, error.exit_code))",
        "sys.exit(complain(command, error, FAILED))",
        ("test_wrong_argument_is_one_sentence_exit_2_and_no_request",),
    ),
    Edit(
        "already-running-exits-with-1",
        "return complain(command, sentence, ALREADY_RUNNING)",
        "return complain(command, sentence, FAILED)",
        ("test_a_second_run_of_a_publisher_ends_at_once_without_a_request",),
    ),
    Edit(
        "the-publishers-lock-is-shared",
        "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        ("test_in_one_process_it_is_had_once_and_released_in_the_end[sqlite]",),
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
        ("test_a_listing_that_is_not_to_be_trusted_marks_nothing",),
    ),
    Edit(
        "dead-selectors-pass",
        "if found < read * (usual - drop - chance):",
        "if found < read * (usual - drop - chance) - read:",
        ("test_a_field_that_nobody_finds_any_more_fails_the_run_by_name",),
    ),
    Edit(
        "a-dry-run-writes-to-the-database",
        "RehearsalStore(url) if self.is_dry else Store(url)",
        "Store(url)",
        ("test_a_dry_run_writes_nothing_and_tells_what_would_change",),
    ),
    Edit(
        "a-dry-run-writes-images",
        "OverlayFileStore(files) if self.is_dry else files",
        "files",
        ("test_a_dry_run_writes_nothing_and_tells_what_would_change",),
    ),
    Edit(
        "live-crawl-into-the-sandbox-store",
        "if before is None or before == source:",
        'if before is None or source == "live":',
        ("test_a_store_is_either_live_or_of_the_sandbox",),
    ),
    Edit(
        "every-crawl-is-a-run",
        "if not is_run(crawler):\n            raise NotConfigured(",
        'if not crawler.settings["COMMANDS_MODULE"]:\n            raise NotConfigured(',
        ("test_a_plain_spider_just_crawls", "test_a_look_at_a_page_is_not_a_run"),
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
        ("test_a_script_makes_the_runs_of_scrapy_crawl",),
    ),
    Edit(
        "a-job-repeats-its-pages",
        "                self.queued[publisher_id] = found\n                return False\n",
        "                pass\n",
        ("test_a_job_that_is_resumed_requests_no_page_twice",),
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
        ("test_an_age_that_is_none_is_refused",),
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
        ("test_cells_are_no_formulas_and_give_their_texts_again",),
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
        ("test_lines_are_what_the_schema_says_and_harm_nobody",),
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
        ("test_two_parsers_agree_with_the_schedules_on_every_calendar",),
    ),
    Edit(
        "search-data-without-free-nights",
        '    if night.is_free:\n        entry["free"] = True\n',
        "",
        ("test_filters_find_what_the_store_has",),
    ),
    # Operation
    Edit(
        "the-newest-change-is-pruned",
        "return _in_batches(store, history, history.c.at < before, _IS_OUTDATED, dry=dry)",
        "return _in_batches(store, history, history.c.at < before, dry=dry)",
        ("test_years_of_rows_go_and_what_is_compared_with_stays[sqlite]",),
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
        ("test_a_load_that_is_refused_is_one_sentence",),
    ),
    Edit(
        "passwords-in-addresses-are-shown",
        "render_as_string(hide_password=True)",
        "render_as_string(hide_password=False)",
        ("test_a_url_that_does_not_open_is_one_sentence_without_the_password",),
    ),
    Edit(
        "passwords-in-errors-are-shown",
        'text = text.replace(spelling, "***")',
        "text = text.replace(spelling, spelling)",
        ("test_a_url_that_does_not_open_is_one_sentence_without_the_password",),
    ),
    Edit(
        "a-publisher-gets-a-second-plan",
        "            for job in await self._unended(publisher):\n                raise BusyError(",
        "            for job in (await self._unended(publisher))[:0]:\n                raise BusyError(",
        ("test_a_publisher_is_planned_once_until_its_job_has_ended",),
    ),
    Edit(
        "shard-runs-of-0.1.0-are-evidence",
        '_IS_GOOD = and_(runs.c.verdict == "passed", IS_WHOLE)',
        '_IS_GOOD = and_(runs.c.verdict == "passed")',
        ("test_shard_runs_of_version_0_1_0_are_no_evidence",),
    ),
    Edit(
        "waiting-shards-of-0.1.0-crawl-the-whole-publisher",
        "        if shard != WHOLE:",
        "        if not shard:",
        ("test_shards_that_an_older_version_planned_fail_and_its_whole_crawls_run",),
    ),
    Edit(
        "every-failed-run-sends-an-alert",
        'return verdict in {"passed", "failed"} and verdict != (sent or "passed")',
        'return verdict in {"passed", "failed"} and (verdict, sent) != ("passed", None)',
        ("test_is_news",),
    ),
    Edit(
        "an-alert-that-one-receiver-missed-goes-to-all",
        "counts |= {f",
        "_ = {f",
        ("test_of_two_receivers_only_the_one_that_failed_gets_it_again",),
    ),
    Edit(
        "alerts-follow-redirects",
        "plugin.redirects = False",
        "plugin.redirects = True",
        ("test_a_receiver_that_fails_gets_the_alert_from_the_next_run",),
    ),
    Edit(
        "alerts-carry-the-password-of-netrc",
        '{"NETRC": os.devnull, ',
        '{"NETRC": os.environ.get("NETRC", ""), ',
        ("test_one_alert_when_a_publisher_fails_and_one_when_it_passes_again",),
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
        ("test_a_publisher_is_stale_when_its_last_good_run_is_old",),
    ),
    Edit(
        "an-upgrade-makes-no-copy",
        "copy = _copy_beside(engine, connection, before)",
        "copy = None",
        ("test_an_upgrade_loses_nothing_and_leaves_a_copy_of_an_sqlite_file[sqlite]",),
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
        ("test_a_copied_write_ahead_log_is_read_and_not_folded_in",),
    ),
    Edit(
        "a-store-of-another-database-is-taken",
        "if store_id != recorded.store_id:",
        "if False:",
        ("test_a_crawl_does_not_take_the_store_of_another_database",),
    ),
    Edit(
        "a-disk-that-is-not-mounted-is-filled",
        "if recorded.some and not may_be_empty:",
        "if False:",
        ("test_a_disk_that_is_not_mounted_is_noticed",),
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
        ("test_a_new_file_is_there_when_it_is_whole",),
    ),
)
