"""The rules as everybody can read them: what each means, and what it does not."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from moderation.models import Rule

EXPLANATIONS: dict[str, Any] = {
    Rule.INSULT: _(
        "Words that degrade, mock or threaten a person. Sharp criticism of what "
        "somebody says or decides is no insult."
    ),
    Rule.DISCRIMINATION: _(
        "Degrading people for their origin, skin colour, faith, sex, sexual "
        "orientation, age, disability or income. Speaking about discrimination is "
        "allowed."
    ),
    Rule.PERSONAL_DATA: _(
        "Addresses, telephone numbers, health or private matters of others, or names "
        "of people who are not known to the public. What concerns an office may be "
        "said with its holder's name."
    ),
    Rule.UNLAWFUL: _(
        "What the law forbids to say, for example incitement to hatred, calls for "
        "violence, forbidden symbols, or texts copied without permission."
    ),
    Rule.ADVERTISING: _(
        "Advertising for goods or services, or the same campaign text many times. "
        "Naming an example for an idea is allowed."
    ),
    Rule.OFF_TOPIC: _(
        "What has nothing to do with the question of this dialogue. Side topics can "
        "be kept for later instead."
    ),
    Rule.DUPLICATE: _(
        "The same text once more. Please support what stands there already."
    ),
    Rule.UNREADABLE: _(
        "Signs or words without any sense that others can find. Mistakes in spelling "
        "and other languages are no reason."
    ),
}
