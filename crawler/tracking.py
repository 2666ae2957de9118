"""Query parameters that tell who sent the reader, not what is read: the list we keep, and how to add to it.

Pure data. Rule: a name is here only if its maker uses it as a tag of campaigns, clicks or shares and no site is known
to choose an article by it. Names that mean other things elsewhere (`ref`, `source`, `from`, `id`, `p`, `aid`, `s`, `v`)
are not: one copy too many is mended by `rel=canonical` or the guid, an article too few by nothing.

Kept by hand: the names that feeds, newsletters and share buttons of news sites put into addresses, each with its maker.
Brave's query filter (components/query_filter, MPL-2.0) was read beside it and is not copied; its list, ClearURLs' and
AdGuard's are where to look when a new one turns up, their licences are why none of them is packaged here.
A name that is added changes addresses that are archived already; these are known again by guid, or by title, time and
text (`slices.twins`), when they come back.
"""

from __future__ import annotations

#: Beginnings of names: whoever owns them puts what he likes behind.
PREFIXES: tuple[str, ...] = (
    "hsa_",  # HubSpot Ads
    "mtm_",  # Matomo, "Campaign tracking"
    "pk_",  # Piwik, as Matomo was called
    "utm_",  # Google Analytics, "URL builders: collect campaign data"
)

#: Whole names in lower case, in order; the maker stands behind each.
NAMES: tuple[str, ...] = (
    "__hsfp",  # HubSpot
    "__hssc",  # HubSpot
    "__hstc",  # HubSpot
    "__s",  # Drip
    "_branch_match_id",  # Branch
    "_branch_referrer",  # Branch
    "_ga",  # Google Analytics, cross-domain linker
    "_gl",  # Google Analytics, cross-domain linker
    "_hsenc",  # HubSpot
    "_hsmi",  # HubSpot
    "_kx",  # Klaviyo
    "_openstat",  # Openstat
    "at_bbc_team",  # Piano (AT Internet) as the BBC sets it
    "at_campaign",  # Piano (AT Internet), "Campaigns"
    "at_campaign_type",  # Piano, BBC
    "at_creation",  # Piano
    "at_custom1",  # Piano, BBC
    "at_custom2",  # Piano, BBC
    "at_custom3",  # Piano, BBC
    "at_custom4",  # Piano, BBC
    "at_emailtype",  # Piano
    "at_format",  # Piano
    "at_link_id",  # Piano, BBC
    "at_link_origin",  # Piano, BBC
    "at_link_type",  # Piano, BBC
    "at_medium",  # Piano
    "at_ptr_name",  # Piano, BBC
    "at_recipient_id",  # Piano
    "at_recipient_list",  # Piano
    "at_send_date",  # Piano
    "cmpid",  # Adobe Analytics, as many papers name it
    "dclid",  # Google Display
    "dm_i",  # Dotdigital
    "ef_id",  # Adobe Advertising
    "fb_action_ids",  # Facebook
    "fb_action_types",  # Facebook
    "fb_source",  # Facebook
    "fbclid",  # Facebook
    "gad_campaignid",  # Google Ads
    "gad_source",  # Google Ads
    "gbraid",  # Google Ads
    "gclid",  # Google Ads
    "gclsrc",  # Google Ads
    "guccounter",  # Yahoo
    "guce_referrer",  # Yahoo
    "guce_referrer_sig",  # Yahoo
    "icid",  # Adobe Analytics, internal campaigns
    "igsh",  # Instagram
    "igshid",  # Instagram
    "irclickid",  # Impact
    "li_fat_id",  # LinkedIn
    "mc_cid",  # Mailchimp
    "mc_eid",  # Mailchimp
    "mibextid",  # Facebook
    "mkt_tok",  # Adobe Marketo
    "ml_subscriber",  # MailerLite
    "ml_subscriber_hash",  # MailerLite
    "msclkid",  # Microsoft Advertising
    "ns_campaign",  # Comscore
    "ns_fee",  # Comscore
    "ns_linkname",  # Comscore
    "ns_mchannel",  # Comscore
    "ns_source",  # Comscore
    "ocid",  # Microsoft, MSN and BBC
    "oly_anon_id",  # Omeda
    "oly_enc_id",  # Omeda
    "ref_src",  # Twitter
    "ref_url",  # Twitter
    "s_cid",  # Adobe Analytics
    "s_kwcid",  # Adobe Advertising
    "scm",  # Alibaba
    "share_token",  # Toutiao
    "spm",  # Alibaba
    "sr_share",  # Shareaholic
    "srsltid",  # Google Merchant Center
    "ss_email_id",  # SharpSpring
    "ttclid",  # TikTok
    "twclid",  # Twitter
    "vero_conv",  # Vero
    "vero_id",  # Vero
    "wbraid",  # Google Ads
    "wickedid",  # Wicked Reports
    "wt_mc",  # Webtrekk (Mapp), as German papers set it
    "wt_zmc",  # Webtrekk (Mapp)
    "xtor",  # AT Internet
    "ybclid",  # Yahoo
    "yclid",  # Yandex
    "ysclid",  # Yandex
)
_KNOWN = frozenset(NAMES)


def is_tracking(name: str) -> bool:
    """Tell whether a query parameter of that name, in any case, only follows the reader."""
    lowered = name.lower()
    return lowered in _KNOWN or lowered.startswith(PREFIXES)
