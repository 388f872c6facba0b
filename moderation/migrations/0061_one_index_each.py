"""Every index that another one of its table begins with goes.

By SQL alone: `AlterField` would make the foreign key of each column anew, which reads both tables whole and lets nobody write meanwhile, and
it would drop `one_current_aftermath` too, which is over the same column.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from conversations.migrations._tables import BySql

DROPPED = (
    ('moderation_aftermath_ending_id_d04d77d7', 'moderation_aftermath', 'ending_id'),
    ('moderation_bulkitem_change_id_365b79a0', 'moderation_bulkitem', 'change_id'),
    ('moderation_candidateturn_classification_id_9e528a84', 'moderation_candidateturn', 'classification_id'),
    ('moderation_certificate_policy_id_acd0db0f', 'moderation_certificate', 'policy_id'),
    ('moderation_classification_transcript_id_ee7fa1ca', 'moderation_classification', 'transcript_id'),
    ('moderation_curve_calibration_id_ac7c6f2c', 'moderation_curve', 'calibration_id'),
    ('moderation_delivery_surface_id_2f944e3f', 'moderation_delivery', 'surface_id'),
    ('moderation_deliverytry_delivery_id_98106cae', 'moderation_deliverytry', 'delivery_id'),
    ('moderation_dispute_label_id_6723a3bb', 'moderation_dispute', 'label_id'),
    ('moderation_exposure_user_id_d62e260f', 'moderation_exposure', 'user_id'),
    ('moderation_figure_evaluation_id_6ee9302f', 'moderation_figure', 'evaluation_id'),
    ('moderation_finding_verdict_id_84c4b2ca', 'moderation_finding', 'verdict_id'),
    ('moderation_fliptoread_seal_id_fbdcf624', 'moderation_fliptoread', 'seal_id'),
    ('moderation_followup_aftermath_id_9a2610f1', 'moderation_followup', 'aftermath_id'),
    ('moderation_issuednotice_ending_id_d9020bbf', 'moderation_issuednotice', 'ending_id'),
    ('moderation_judgecall_transcript_id_6c16b0ab', 'moderation_judgecall', 'transcript_id'),
    ('moderation_label_reviewer_id_42dcaed3', 'moderation_label', 'reviewer_id'),
    ('moderation_labelcheck_label_id_fc289a2a', 'moderation_labelcheck', 'label_id'),
    ('moderation_opening_user_id_2eb5af0a', 'moderation_opening', 'user_id'),
    ('moderation_planrate_plan_id_17c4af71', 'moderation_planrate', 'plan_id'),
    ('moderation_planstratum_plan_id_15dec8e2', 'moderation_planstratum', 'plan_id'),
    ('moderation_proposedrate_proposal_id_eaf9cf55', 'moderation_proposedrate', 'proposal_id'),
    ('moderation_rejudgement_campaign_id_ec64c1ad', 'moderation_rejudgement', 'campaign_id'),
    ('moderation_replytemplate_name_be3488ec', 'moderation_replytemplate', 'name'),
    ('moderation_replytemplate_name_be3488ec_like', 'moderation_replytemplate', 'name varchar_pattern_ops'),
    ('moderation_retentionrule_retention_id_8af29cc6', 'moderation_retentionrule', 'retention_id'),
    ('moderation_reveal_review_id_1a9c0fda', 'moderation_reveal', 'review_id'),
    ('moderation_review_reviewer_id_cd3fe2fe', 'moderation_review', 'reviewer_id'),
    ('moderation_roomanswer_item_id_15eebd5b', 'moderation_roomanswer', 'item_id'),
    ('moderation_roomitem_room_id_8f6955d9', 'moderation_roomitem', 'room_id'),
    ('moderation_roomseat_room_id_6937791d', 'moderation_roomseat', 'room_id'),
    ('moderation_savedview_user_id_23105deb', 'moderation_savedview', 'user_id'),
    ('moderation_settlement_unit_id_419430de', 'moderation_settlement', 'unit_id'),
    ('moderation_standing_surface_id_6a022fea', 'moderation_standing', 'surface_id'),
    ('moderation_threshold_policy_id_e2978485', 'moderation_threshold', 'policy_id'),
    ('moderation_turnscore_classification_id_7803b343', 'moderation_turnscore', 'classification_id'),
    ('moderation_unlinkedunit_unlinking_id_f2f73a01', 'moderation_unlinkedunit', 'unlinking_id'),
    ('moderation_verdict_ending_id_031498b5', 'moderation_verdict', 'ending_id'),
)
"""Each index, its table and its column."""


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0013_one_index_each'),
        ('moderation', '0060_erased_disputes'),
    ]

    operations = [
        BySql(
            [f'DROP INDEX IF EXISTS {index}' for index, _, _ in DROPPED],
            [f'CREATE INDEX {index} ON {table} ({column})' for index, table, column in DROPPED],
            state_operations=[
                migrations.AlterField(
                    model_name='aftermath',
                    name='ending',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='aftermaths', to='conversations.conversationend'),
                ),
                migrations.AlterField(
                    model_name='bulkitem',
                    name='change',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='moderation.bulkchange'),
                ),
                migrations.AlterField(
                    model_name='candidateturn',
                    name='classification',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='candidates', to='moderation.classification'),
                ),
                migrations.AlterField(
                    model_name='certificate',
                    name='policy',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='moderation.policy'),
                ),
                migrations.AlterField(
                    model_name='classification',
                    name='transcript',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='classifications', to='conversations.transcript'),
                ),
                migrations.AlterField(
                    model_name='curve',
                    name='calibration',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='curves', to='moderation.calibration'),
                ),
                migrations.AlterField(
                    model_name='delivery',
                    name='surface',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='conversations.surface'),
                ),
                migrations.AlterField(
                    model_name='deliverytry',
                    name='delivery',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='log', to='moderation.delivery'),
                ),
                migrations.AlterField(
                    model_name='dispute',
                    name='label',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='moderation.label'),
                ),
                migrations.AlterField(
                    model_name='exposure',
                    name='user',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='exposures', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='figure',
                    name='evaluation',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='figures', to='moderation.evaluation'),
                ),
                migrations.AlterField(
                    model_name='finding',
                    name='verdict',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='moderation.verdict'),
                ),
                migrations.AlterField(
                    model_name='fliptoread',
                    name='seal',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='flips', to='moderation.seal'),
                ),
                migrations.AlterField(
                    model_name='followup',
                    name='aftermath',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='moderation.aftermath'),
                ),
                migrations.AlterField(
                    model_name='issuednotice',
                    name='ending',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='conversations.conversationend'),
                ),
                migrations.AlterField(
                    model_name='judgecall',
                    name='transcript',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.transcript'),
                ),
                migrations.AlterField(
                    model_name='label',
                    name='reviewer',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='labels', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='labelcheck',
                    name='label',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='moderation.label'),
                ),
                migrations.AlterField(
                    model_name='opening',
                    name='user',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='openings', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='planrate',
                    name='plan',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='moderation.samplingplan'),
                ),
                migrations.AlterField(
                    model_name='planstratum',
                    name='plan',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='strata', to='moderation.samplingplan'),
                ),
                migrations.AlterField(
                    model_name='proposedrate',
                    name='proposal',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='moderation.planproposal'),
                ),
                migrations.AlterField(
                    model_name='rejudgement',
                    name='campaign',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='results', to='moderation.campaign'),
                ),
                migrations.AlterField(
                    model_name='replytemplate',
                    name='name',
                    field=models.SlugField(db_index=False, max_length=40),
                ),
                migrations.AlterField(
                    model_name='retentionrule',
                    name='retention',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='moderation.retention'),
                ),
                migrations.AlterField(
                    model_name='reveal',
                    name='review',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reveals', to='moderation.review'),
                ),
                migrations.AlterField(
                    model_name='review',
                    name='reviewer',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='roomanswer',
                    name='item',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='moderation.roomitem'),
                ),
                migrations.AlterField(
                    model_name='roomitem',
                    name='room',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='moderation.room'),
                ),
                migrations.AlterField(
                    model_name='roomseat',
                    name='room',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='moderation.room'),
                ),
                migrations.AlterField(
                    model_name='savedview',
                    name='user',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='views', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='settlement',
                    name='unit',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='moderation.unit'),
                ),
                migrations.AlterField(
                    model_name='standing',
                    name='surface',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conversations.surface'),
                ),
                migrations.AlterField(
                    model_name='threshold',
                    name='policy',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='thresholds', to='moderation.policy'),
                ),
                migrations.AlterField(
                    model_name='turnscore',
                    name='classification',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='turns', to='moderation.classification'),
                ),
                migrations.AlterField(
                    model_name='unlinkedunit',
                    name='unlinking',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='units', to='moderation.unlinking'),
                ),
                migrations.AlterField(
                    model_name='verdict',
                    name='ending',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='verdicts', to='conversations.conversationend'),
                ),
            ],
        ),
    ]
